// Filter expressions: `lr > 1e-5 and state = failed`, `not (norm = pre or epochs < 3)`, `message ~ "CUDA"`.

export type Row = (name: string) => number | string | null;
export type Test = (row: Row) => boolean;

export class FilterError extends Error {
  constructor(message: string, readonly at: number) {
    super(message);
  }
}

interface Token {
  kind: "name" | "number" | "text" | "sign" | "end";
  text: string;
  at: number;
}

const pattern = /\s*(?:([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])|"([^"]*)"|'([^']*)'|(!=|<=|>=|==|[=<>~()])|([\p{L}_][\p{L}\p{N}_.\-]*))/uy;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; text.slice(at).trim() !== ""; ) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) {
      const place = at + text.slice(at).search(/\S/);
      throw new FilterError(`'${text.slice(place, place + 12)}' is not understood`, place);
    }
    const [, number, double, single, sign, name] = match;
    const kind = number !== undefined ? "number" : sign !== undefined ? "sign" : name !== undefined ? "name" : "text";
    at = pattern.lastIndex;
    tokens.push({ kind, text: number ?? sign ?? name ?? double ?? single ?? "", at: at - 1 });
  }
  return [...tokens, { kind: "end", text: "the end", at: text.length }];
}

const comparisons: Record<string, (order: number) => boolean> = {
  "=": (order) => order === 0, "==": (order) => order === 0, "!=": (order) => order !== 0,
  "<": (order) => order < 0, "<=": (order) => order <= 0, ">": (order) => order > 0, ">=": (order) => order >= 0,
};

/** NaN where the two cannot be compared: then only != holds. */
function orderOf(value: number | string | null, wanted: number | string): number {
  if (value === null) return NaN;
  if (typeof value === "number") {
    const number = typeof wanted === "number" ? wanted : Number(wanted);
    return value < number ? -1 : value > number ? 1 : value === number ? 0 : NaN;
  }
  const text = String(wanted);
  return value < text ? -1 : value > text ? 1 : 0;
}

class Parser {
  private place = 0;

  constructor(private readonly tokens: Token[], private readonly names: Set<string>) {}

  whole(): Test {
    const test = this.either();
    if (this.here.kind !== "end") throw this.unexpected("and, or, or the end");
    return test;
  }

  private get here(): Token {
    return this.tokens[this.place]!;
  }

  private unexpected(wanted: string): FilterError {
    return new FilterError(`expected ${wanted} instead of ${this.here.text}`, this.here.at);
  }

  private takes(kind: Token["kind"], text: string): boolean {
    const isIt = this.here.kind === kind && this.here.text.toLowerCase() === text;
    if (isIt) this.place++;
    return isIt;
  }

  private either(): Test {
    let test = this.both();
    while (this.takes("name", "or")) {
      const [left, right] = [test, this.both()];
      test = (row) => left(row) || right(row);
    }
    return test;
  }

  private both(): Test {
    let test = this.one();
    while (this.takes("name", "and")) {
      const [left, right] = [test, this.one()];
      test = (row) => left(row) && right(row);
    }
    return test;
  }

  private one(): Test {
    if (this.takes("name", "not")) {
      const test = this.one();
      return (row) => !test(row);
    }
    if (this.takes("sign", "(")) {
      const test = this.either();
      if (!this.takes("sign", ")")) throw this.unexpected(")");
      return test;
    }
    return this.comparison();
  }

  private comparison(): Test {
    const name = this.here;
    if (name.kind !== "name" && name.kind !== "text") throw this.unexpected("a column's name");
    if (!this.names.has(name.text)) {
      throw new FilterError(`there is no column ${name.text}; there are ${[...this.names].join(", ")}`, name.at);
    }
    this.place++;
    const sign = this.here;
    if (sign.kind !== "sign" || sign.text === "(" || sign.text === ")") throw this.unexpected("=, !=, <, <=, >, >= or ~");
    this.place++;
    const wanted = this.here;
    if (wanted.kind === "end" || wanted.kind === "sign") throw this.unexpected("a value");
    this.place++;
    if (sign.text === "~") {
      const part = wanted.text.toLowerCase();
      return (row) => String(row(name.text) ?? "").toLowerCase().includes(part);
    }
    if (wanted.kind === "name" && wanted.text === "none") {
      return (row) => (row(name.text) === null) === (sign.text === "=" || sign.text === "==");
    }
    const value = wanted.kind === "number" ? Number(wanted.text) : wanted.text;
    const holds = comparisons[sign.text]!;
    return (row) => holds(orderOf(row(name.text), value));
  }
}

/** Of an empty text: everything. Throws FilterError, which says what is wrong and where. */
export function filterOf(text: string, names: Iterable<string>): Test {
  return text.trim() === "" ? () => true : new Parser(tokensOf(text), new Set(names)).whole();
}
