import type { SimulatedProcess } from "../engine/SimulatedProcess.js";
import type { VirtualTime } from "../engine/VirtualTime.js";
import type { SeededRandom } from "../SeededRandom.js";
import { busy, type HostDatabase } from "./HostDatabase.js";

/** How long a request waits for its answer, in ms. */
const REQUEST_MS = 5000;

/** How long a synchronous call blocks its process before it gives up, in ms. */
export const BLOCK_MS = 300;

/** How often a packet is sent again while the network is cut, in ms. */
const RETRANSMIT_MS = 1000;

const FASTEST_MS = 1;
const SLOWEST_MS = 8;

/** The network between the processes of one host and the database. */
export class HostLink {
  isCut = false;
  /** The additional delay of each direction, in ms. */
  slowMs = 0;
  /** The number of answers that will be lost. */
  lostAnswers = 0;
  /** The requests that will arrive late, and by how much in ms. */
  lateRequests = { count: 0, byMs: 0 };
  readonly #time: VirtualTime;
  readonly #database: HostDatabase;
  readonly #random: SeededRandom;
  /** Freezes the processes of the host. */
  readonly #block: (process: SimulatedProcess, forMs: number) => void;
  #lastArrivalAt = 0;
  /** True from a synchronous call that has timed out until one is answered. */
  #isTripped = false;

  constructor(
    time: VirtualTime,
    database: HostDatabase,
    random: SeededRandom,
    block: (process: SimulatedProcess, forMs: number) => void,
  ) {
    this.#time = time;
    this.#database = database;
    this.#random = random;
    this.#block = block;
  }

  get isUp(): boolean {
    return !this.isCut && !this.#database.isAway;
  }

  /** A call that its process waits for. It takes no time, or fails after having blocked it. */
  callNow<T>(process: SimulatedProcess, action: () => T): T {
    if (!this.isUp) {
      if (!this.#isTripped) this.#block(process, BLOCK_MS);
      this.#isTripped = true;
      throw busy("no connection");
    }
    this.#isTripped = false;
    const result = action();
    if (!this.#losesAnswer()) return result;
    // The connection is opened again, so the next answers arrive.
    this.lostAnswers = 0;
    this.#block(process, BLOCK_MS);
    throw busy("the answer was lost");
  }

  /**
   * A request that its process does not wait for. It arrives in the order of the requests unless
   * the network delays it. If the answer does not come in time, whether it was applied is unknown.
   */
  send<T>(process: SimulatedProcess, action: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const cancel = process.clock.setTimer(REQUEST_MS, () => reject(busy("no answer in time")));
    const answer = (settle: () => void): void => {
      if (this.#losesAnswer()) return;
      this.#time.after(this.#delay(), () => {
        if (!this.isUp) return;
        process.deliver(0, () => {
          cancel();
          settle();
        });
      });
    };
    this.#arrive(() => {
      if (this.#database.isAway) return answer(() => reject(busy("the server is away")));
      try {
        const result = action();
        answer(() => resolve(result));
      } catch (error) {
        answer(() => reject(error));
      }
    });
    return promise;
  }

  /** Calls `action` at the host after a delay, unless the network is cut then. */
  notify(process: SimulatedProcess, action: () => void): void {
    this.#time.after(this.#delay(), () => {
      if (this.isUp) process.deliver(0, action);
    });
  }

  #arrive(action: () => void): void {
    if (this.lateRequests.count > 0) {
      this.lateRequests.count -= 1;
      this.#time.after(this.lateRequests.byMs, action);
      return;
    }
    const at = Math.max(this.#lastArrivalAt + 1, this.#time.now + this.#delay());
    this.#lastArrivalAt = at;
    const isRetransmitted = this.#random.chance(0.5);
    const tryAgain = (): void => {
      if (!this.isCut) action();
      else if (isRetransmitted) this.#time.after(RETRANSMIT_MS, tryAgain);
    };
    this.#time.after(at - this.#time.now, tryAgain);
  }

  #losesAnswer(): boolean {
    if (this.lostAnswers === 0) return false;
    this.lostAnswers -= 1;
    return true;
  }

  #delay(): number {
    return this.slowMs + this.#random.between(FASTEST_MS, SLOWEST_MS);
  }
}
