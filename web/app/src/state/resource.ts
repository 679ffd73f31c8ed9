// A document that is fetched when a view first needs it, and again when something has happened.
import { signal } from "@preact/signals";

export class Resource<T> {
  readonly value = signal<T | null>(null);
  readonly error = signal<string | null>(null);
  private fetching: Promise<void> | null = null;
  private isStale = true;
  private turn = 0;

  constructor(private readonly fetch: () => Promise<T>) {}

  /** For views: what there is, and the fetching of what is not. */
  use(): T | null {
    if (this.isStale && !this.fetching) {
      queueMicrotask(() => this.load());
    }
    return this.value.value;
  }

  get isUsed(): boolean {
    return this.value.peek() !== null || this.fetching !== null;
  }

  /** Fetches anew; what was there stays until then. */
  refresh(): Promise<void> {
    this.isStale = true;
    return this.load();
  }

  forget(): void {
    this.turn++;
    this.fetching = null;
    this.isStale = true;
    this.value.value = null;
    this.error.value = null;
  }

  private load(): Promise<void> {
    if (this.fetching) {
      return this.fetching;
    }
    const turn = this.turn;
    this.isStale = false;
    this.fetching = this.fetch()
      .then(
        (value) => {
          if (turn === this.turn) {
            this.value.value = value;
            this.error.value = null;
          }
        },
        (error: unknown) => {
          if (turn === this.turn) {
            this.error.value = error instanceof Error ? error.message : String(error);
          }
        },
      )
      .finally(() => {
        if (turn === this.turn) this.fetching = null;
      });
    return this.fetching;
  }
}
