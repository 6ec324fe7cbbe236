/** The units, sorted by the column that is clicked. */
import type { PageHead, PageUnit } from '../page-head.js';
import { make, short } from './element.js';

interface Column {
  readonly name: string;
  value(unit: PageUnit, row: number): number | string | null;
  text?(value: number): string;
}

const columnsOf = (head: PageHead): Column[] => [
  { name: '#', value: (_unit, row) => row },
  { name: head.rowName, value: ({ id }) => id },
  { name: 'Spikes', value: ({ spikes }) => spikes, text: (value) => value.toLocaleString('en-US') },
  { name: 'Rate (Hz)', value: ({ rateHz }) => rateHz, text: (value) => value.toFixed(2) },
  { name: '< 1.5 ms (%)', value: (unit) => unit.short, text: (value) => (100 * value).toFixed(2) },
  ...(head.units.some(({ noise }) => noise !== null)
    ? [{ name: `Noise (${head.unit})`, value: ({ noise }: PageUnit) => noise, text: (value: number) => short(value) }]
    : []),
];

export class UnitTable {
  readonly element = make('div', 'table');
  readonly #body = make('tbody');
  readonly #head: PageHead;
  readonly #columns: Column[];
  readonly #lines: HTMLTableRowElement[];
  /** Rows in the order that is shown. */
  order: number[];
  #sorted = { column: 0, falling: false };

  constructor(head: PageHead, select: (row: number) => void) {
    this.#head = head;
    this.#columns = columnsOf(head);
    this.order = head.units.map((_, row) => row);
    this.#lines = head.units.map((unit, row) => this.#line(unit, row, select));
    const titles = make('tr');
    this.#columns.forEach(({ name }, column) => {
      const title = make('th', '', name);
      title.addEventListener('click', () => this.sort(column));
      titles.append(title);
    });
    const top = make('thead');
    top.append(titles);
    const table = make('table');
    table.append(top, this.#body);
    this.element.append(table);
    this.#body.append(...this.#lines);
  }

  /** The same column again turns the order round. Numbers begin with the greatest. */
  sort(column: number): void {
    const { value } = this.#columns[column];
    const again = this.#sorted.column === column;
    const falling = again ? !this.#sorted.falling : typeof value(this.#head.units[0], 0) === 'number';
    this.#sorted = { column, falling };
    const key = (row: number) => value(this.#head.units[row], row);
    this.order = [...this.order].sort((a, b) => compare(key(a), key(b)) * (falling ? -1 : 1) || a - b);
    this.#body.append(...this.order.map((row) => this.#lines[row]));
  }

  select(row: number): void {
    this.#body.querySelector('.selected')?.classList.remove('selected');
    this.#lines[row]?.classList.add('selected');
    this.#lines[row]?.scrollIntoView({ block: 'nearest' });
  }

  #line(unit: PageUnit, row: number, select: (row: number) => void): HTMLTableRowElement {
    const line = make('tr');
    for (const { value, text } of this.#columns) {
      const found = value(unit, row);
      line.append(make('td', '', typeof found === 'number' && text ? text(found) : String(found ?? '')));
    }
    line.addEventListener('click', () => select(row));
    return line;
  }
}

/** Numbers by size, names in natural order, nothing first. */
function compare(a: number | string | null, b: number | string | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}
