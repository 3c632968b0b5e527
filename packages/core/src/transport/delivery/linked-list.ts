/** A doubly linked list whose nodes its user keeps: adding at either end and removing anywhere are O(1). */
export interface ListNode<T> {
  readonly value: T;
  previous: ListNode<T> | null;
  next: ListNode<T> | null;
}

export class LinkedList<T> {
  #first: ListNode<T> | null = null;
  #last: ListNode<T> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): ListNode<T> | null {
    return this.#first;
  }

  push(value: T): ListNode<T> {
    const node: ListNode<T> = { value, previous: this.#last, next: null };
    if (this.#last === null) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size += 1;
    return node;
  }

  unshift(value: T): ListNode<T> {
    const node: ListNode<T> = { value, previous: null, next: this.#first };
    if (this.#first === null) this.#last = node;
    else this.#first.previous = node;
    this.#first = node;
    this.#size += 1;
    return node;
  }

  /** Removes a node of this list, once. */
  remove(node: ListNode<T>): void {
    if (node.previous === null) this.#first = node.next;
    else node.previous.next = node.next;
    if (node.next === null) this.#last = node.previous;
    else node.next.previous = node.previous;
    this.#size -= 1;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let node = this.#first; node !== null; node = node.next) yield node.value;
  }
}
