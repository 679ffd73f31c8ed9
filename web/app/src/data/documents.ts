// The documents that the page shows, as docs/JSON.md and docs/DASHBOARD.md describe them.

export type Value = number | string | boolean | null;
export type Params = Record<string, Value>;

export interface Level {
  level: number;
  params: Params;
  mean: number | null;
  sd: number | null;
  ci95: [number, number] | null;
  score: number | null;
  difference: { mean: number | null; low: number | null; high: number | null } | null;
  tied: boolean;
  interval: [number, number] | null;
  p_best: number | null;
  replicates: number;
  failed: number;
  stopped: number;
  diverged: number;
  /** null: a program's, whose steps are not planned; so everywhere. */
  steps_per_run: number | null;
  seconds_per_run: number | null;
  flops_per_run: number | null;
  runs: number[];
  learner: string;
  numerics: number | null;
}

export interface LevelsDocument {
  metric: string;
  levels: Level[];
  best: number | null;
  tied: number[];
  cheapest_tied: number | null;
  confidence: number;
  method: string;
  provisional: boolean;
  answer: string;
  numerics_mix: { learner: string; numerics: number | null; levels: number }[];
}

export interface SweepInfo {
  sweep: number;
  name: string;
  state: string;
  planned: number;
  pending: number;
  leased: number;
  running: number;
  succeeded: number;
  stopped: number;
  failed: number;
  cancelled: number;
  submitted_at: string | null;
  ended_at: string | null;
  host: string;
  version: string;
  trainer: string;
}

export interface EffectsDocument {
  kind: "exact" | "least_squares" | "not_estimable";
  without_noise: boolean;
  shares: { parameters: string[]; share: number; low: number | null; high: number | null }[];
  rest: number;
  means: Record<string, { value: Value; mean: number }[]>;
}

export interface Failure {
  class: string;
  runs: number;
  example: number;
  message: string;
  log_tail: string;
}

export interface SweepDocument {
  sweep: SweepInfo;
  levels: LevelsDocument;
  notes: string[];
  effects: EffectsDocument;
  failures: Failure[];
  next: { what: string; command: string }[];
  /** What a program reports, by the names that it gives, its sweep's metric first; else empty. */
  numbers: string[];
  yaml: string;
}

/** A column each; a run's parameters are its level's. */
export interface RunsTable {
  run: number[];
  level: number[];
  state: string[];
  failure_class: (string | null)[];
  message: string[];
  attempts: number[];
  seed: number[];
  planned_steps: (number | null)[];
  metric: (number | null)[];
  train_seconds: (number | null)[];
}

export interface DevicesTable {
  devices: string[];
  run: number[];
  attempt: number[];
  device: number[];
  started_at: number[];
  ended_at: (number | null)[];
  first_step: (number | null)[];
  outcome: (string | null)[];
}

export interface RunDocument {
  run: number;
  sweep: number;
  level: number;
  state: string;
  failure_class: string | null;
  message: string;
  attempts: number;
  params: Params;
  seed: number;
  run_key: string;
  planned_steps: number | null;
  metric: number | null;
  train_seconds: number | null;
  steps: number;
  /** Of a program. */
  metrics: { name: string; last: number | null; least: number | null; greatest: number | null; reports: number; last_step: number }[];
  history: Attempt[];
  evals: Evaluation[];
  yaml: string;
  log_tail: string;
}

export interface Attempt {
  attempt: number;
  device: string | null;
  started_at: string | null;
  ended_at: string | null;
  seconds: number | null;
  first_step: number | null;
  outcome: string | null;
  message: string | null;
}

export interface Evaluation {
  epoch: number;
  split: string;
  step: number;
  loss: number | null;
  flat_accuracy: number | null;
  mcc: number | null;
  macro_f1: number | null;
  examples: number;
}

export interface ErrorsDocument {
  split: string;
  file: string | null;
  runs: number;
  examples: number;
  missed: {
    example: number;
    line: number | null;
    text: string | null;
    text_pair: string | null;
    label: string;
    predicted: string;
    wrong: number;
    runs: number;
  }[];
  confusions: { label: string; predicted: string; count: number; of: number }[];
  no_texts?: string;
}

/** One of the two. */
export interface RefinementWish {
  until?: number;
  budget?: number;
}

export interface RefinementCost {
  words: string;
  promise: string;
  runs: number | null;
  most_runs: number;
  seconds_per_run: number | null;
}

export interface StatusDocument {
  orchestrator: { pid: number; version: string } | null;
  workers: {
    id: number;
    device: string;
    state: string;
    run: number | null;
    sweep: number | null;
    step: number | null;
    steps: number | null;
    steps_per_second: number | null;
  }[];
  sweeps: (Partial<SweepInfo> & {
    sweep: number;
    state: string;
    steps_done?: number | null;
    steps_planned?: number | null;
    seconds_left?: number | null;
    waiting?: { reason: string; runs: number }[];
  })[];
  devices?: { device: string; state: string; reason: string | null; quarantined_at: string | null; next_try_at: string | null }[];
  trouble: string | null;
  store_trouble: string | null;
}

/** "loss", "flat_accuracy", "lr", "eval.loss", "eval.flat_accuracy", "eval.mcc"; of a program, any name. */
export type CurveMetric = string;

export interface CurvesQuestion {
  sweep: number;
  levels: number[];
  runs: number[];
  metric: CurveMetric;
  place: "step" | "share";
  from?: number;
  to?: number;
  pixels: number;
  smooth: number;
}

/** A line of a run (y), or the band of a level (low, y, high). NaN: no number. */
export interface Series {
  run?: number;
  level?: number;
  runs: number;
  x: Float32Array;
  y: Float32Array;
  low?: Float32Array;
  high?: Float32Array;
}

export interface CurvesAnswer {
  from: number;
  to: number;
  lengths: number;
  series: Series[];
}
