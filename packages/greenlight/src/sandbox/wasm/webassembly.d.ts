// The parts of the WebAssembly API that the driver uses. Node has it, but only the DOM library declares it, and that one
// would put a browser's globals into every file (https://webassembly.github.io/spec/js-api/).
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
    private readonly brand: 'module';
  }

  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    /** Grows by pages of 64 KiB; answers how many there were. */
    grow(delta: number): number;
  }

  class Table {
    private readonly brand: 'table';
    get(index: number): unknown;
  }

  class Global {
    private readonly brand: 'global';
    value: unknown;
  }

  class Instance {
    constructor(module: Module, imports: { [module: string]: { [name: string]: unknown } });
    readonly exports: { readonly [name: string]: unknown };
  }

  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
