/** Who waits for room in a child: a line for each function, of which only the first is woken. */
export class WaitingLines {
  readonly #lines = new Map<string, (() => void)[]>();

  /** Resolves when it is woken. `isFirst`: it was woken before and found no room. */
  wait(key: string, isFirst: boolean): Promise<void> {
    const line = this.#lines.get(key) ?? [];
    this.#lines.set(key, line);
    return new Promise((resume) => {
      if (isFirst) line.unshift(resume);
      else line.push(resume);
    });
  }

  /** The first of each line: one that finds room wakes the next. */
  wakeAll(): void {
    for (const key of this.#lines.keys()) this.wakeFirst(key);
  }

  wakeFirst(key: string): void {
    const line = this.#lines.get(key);
    const resume = line?.shift();
    if (line?.length === 0) this.#lines.delete(key);
    resume?.();
  }
}
