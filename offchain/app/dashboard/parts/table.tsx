import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

import { amountText } from "../format.ts";
import { Amount } from "./amount.tsx";
import { Scroll } from "./scroll.tsx";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Figures stand at the right, so that their digits do below each other. */
  readonly numeric?: boolean;
}

/** A column of exact amounts, with room for the quiet digits only where a row has some. */
export function amountColumn<Row>(
  head: string,
  rows: readonly Row[],
  of: (row: Row) => string,
): Column<Row> {
  const isShort = rows.every((row) => amountText(of(row)).tail === "");
  return {
    ...{ head, numeric: true },
    cell: (row) => <Amount units={of(row)} isShort={isShort} />,
  };
}

interface TableProps<Row> {
  readonly caption: string;
  /** The first one names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** On a phone: each row as a list of its cells, instead of a table that scrolls. For rows with much to read. */
  readonly stacks?: boolean;
}

/**
 * A table that scrolls by itself where it is too wide, by keyboard too. Roles are named because one that is laid out
 * as a list would lose them.
 */
export function Table<Row>(props: TableProps<Row>): JSX.Element {
  const { caption, columns, rows, keyOf, stacks } = props;
  const id = useId();
  return (
    <Scroll name={{ "aria-labelledby": id }}>
      <table class={stacks === true ? "stacks" : undefined} role="table">
        <caption id={id}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ head, numeric }) => (
              <th key={head} scope="col" class={numeric === true ? "numeric" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map((column, i) => (
                <Cell key={column.head} column={column} row={row} isFirst={i === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Rows that open the table; the others are a click away. */
const OPEN_ROWS = 12;

/** A table of many rows, the first of which are what one comes for. */
export function LongTable<Row>(props: TableProps<Row>): JSX.Element {
  const { rows } = props;
  const rest = rows.slice(OPEN_ROWS);
  return (
    <>
      <Table {...props} rows={rows.slice(0, OPEN_ROWS)} />
      {rest.length > 0 && (
        <details>
          <summary>{rest.length} before them</summary>
          <Table {...props} rows={rest} />
        </details>
      )}
    </>
  );
}

interface CellProps<Row> {
  readonly column: Column<Row>;
  readonly row: Row;
  readonly isFirst: boolean;
}

function Cell<Row>({ column, row, isFirst }: CellProps<Row>): JSX.Element {
  const look = column.numeric === true ? "numeric" : undefined;
  if (!isFirst)
    return (
      <td class={look} role="cell" data-head={column.head}>
        {column.cell(row)}
      </td>
    );
  return (
    <th scope="row" role="rowheader" class={look}>
      {column.cell(row)}
    </th>
  );
}
