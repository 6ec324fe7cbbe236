/** Which electrodes are one, when they become rows of a table. */

export interface Electrode {
  id: number;
  place?: ArrayLike<number>;
  /** Place in the brain, where `place` is the one on the probe. */
  brain?: ArrayLike<number>;
  label?: string;
  group?: string;
}

/**
 * Electrodes of their own: those of one number are one as long as nothing that is said of them differs. Two probes of one
 * session number their electrodes alike; of those that differ the first keeps the number.
 */
export class ElectrodeRows {
  readonly #byNumber = new Map<number, Electrode[]>();
  readonly #others: Electrode[] = [];

  /** The electrode that this one is, which now says what either of them did. */
  add(electrode: Electrode): Electrode {
    const same = this.#byNumber.get(electrode.id) ?? [];
    const before = same.find((one) => agree(one, electrode));
    if (before) {
      before.place ??= electrode.place;
      before.brain ??= electrode.brain;
      before.label ??= electrode.label;
      before.group ??= electrode.group;
      return before;
    }
    const added = { ...electrode };
    same.push(added);
    this.#byNumber.set(electrode.id, same);
    if (same.length > 1) this.#others.push(added);
    return added;
  }

  /** One that no unit refers to: left out where its number is taken by an electrode that differs. */
  addUnused(electrode: Electrode): void {
    const same = this.#byNumber.get(electrode.id);
    if (!same || same.some((one) => agree(one, electrode))) this.add(electrode);
  }

  get renumbered(): number {
    return this.#others.length;
  }

  /** With ids that are each used once, as the schema demands. */
  get all(): Map<number, Electrode> {
    let next = Array.from(this.#byNumber.keys()).reduce((last, id) => Math.max(last, id), -1) + 1;
    for (const electrode of this.#others) electrode.id = next++;
    const each = Array.from(this.#byNumber.values()).flat();
    return new Map(each.map((electrode) => [electrode.id, electrode]));
  }
}

/** Whether what both say is the same. */
function agree(a: Electrode, b: Electrode): boolean {
  const places = (p?: ArrayLike<number>, q?: ArrayLike<number>) =>
    !p || !q || (p.length === q.length && Array.from(p).every((value, i) => Object.is(value, q[i]) || value === q[i]));
  const words = (p?: string, q?: string) => p === undefined || q === undefined || p === q;
  return places(a.place, b.place) && places(a.brain, b.brain) && words(a.label, b.label) && words(a.group, b.group);
}
