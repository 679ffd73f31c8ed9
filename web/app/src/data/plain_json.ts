// JSON whose texts turn nothing around: names, messages and logs are other people's, and a mark of direction
// within one would show the page's own words in another order than they are written in.

// Marks, embeddings, overrides and isolates of direction. Joiners stay: words of many scripts need them.
const steering = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const escaped = /(?<!\\)((?:\\\\)*)\\u(?:061c|200[ef]|202[a-e]|206[6-9])/gi;

export function plainJson<T>(text: string): T {
  return JSON.parse(text.replace(steering, "\ufffd").replace(escaped, "$1\\ufffd")) as T;
}
