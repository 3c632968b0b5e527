// Loaded into the server of a soak (`node --expose-gc --import`): asked over its channel, it collects all garbage and says what is left.
// What is resident tells little of a leak: the engine lets it swing by 100 MB before it collects by itself.
process.on('message', () => {
  globalThis.gc();
  process.send(process.memoryUsage().heapUsed / 1024 ** 2);
});
process.channel.unref();
