// The texts that runs get wrong most, and which classes are taken for which.
import type { ErrorsDocument, SweepDocument } from "../data/documents";
import { count, paramsText, percent } from "../logic/numbers";
import { Scroll, Select, Waiting } from "../parts/states";
import { address, setQuery } from "../state/address";
import { useFetched } from "../state/fetched";
import { levels, sweepPage, theSource, varied } from "../state/page";

function Missed({ errors }: { errors: ErrorsDocument }) {
  return (
    <section>
      <h2>Texts that are wrong most often</h2>
      {errors.file && <p class="muted">Lines are those of {errors.file}</p>}
      {errors.no_texts && <p class="warning">Texts are not shown: {errors.no_texts}</p>}
      <Scroll label="Texts">
        <table>
          <thead><tr>{["wrong in", "line", "label", "taken for", "text"].map((name) => <th scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {errors.missed.map((missed) => (
              <tr>
                <td class="number">{missed.wrong} of {missed.runs}</td>
                <td class="number">{missed.line ?? `#${missed.example}`}</td>
                <td>{missed.label}</td><td>{missed.predicted}</td>
                <td class="text" dir="auto">{missed.text ?? "–"}{missed.text_pair && <> | {missed.text_pair}</>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Confusions({ errors }: { errors: ErrorsDocument }) {
  return (
    <section>
      <h2>Classes taken for others</h2>
      <Scroll label="Classes">
        <table>
          <thead><tr>{["label", "taken for", "share", "predictions"].map((name) => <th scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {errors.confusions.slice(0, 50).map((confusion) => (
              <tr><td>{confusion.label}</td><td>{confusion.predicted}</td><td class="number">{percent(confusion.count / confusion.of)}</td><td class="number">{count(confusion.count)}</td></tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Errors({ page }: { page: SweepDocument }) {
  const of = address.value.query.of ?? "";
  const { value, problem } = useFetched(`${page.sweep.sweep} ${of}`, () => theSource().errors(page.sweep.sweep, of ? Number(of) : null));
  const options = levels.value.slice(0, 200).map((level) => [String(level.level), paramsText(level.params, varied.value)] as const);
  return (
    <>
      {theSource().kind === "live" && (
        <div class="controls"><Select label="Of the runs of" options={[["", "all levels"], ...options]} value={of} onChange={(level) => setQuery({ of: level })} /></div>
      )}
      {problem ? <p class="nothing">{problem}</p> : !value ? <p class="waiting">Loading…</p> : (
        <>
          <p>Of {count(value.examples)} texts of the split {value.split}, {count(value.missed.filter((missed) => 2 * missed.wrong > missed.runs).length)}{value.missed.length >= 200 ? " or more" : ""} are wrong in most of {count(value.runs)} runs.</p>
          <Missed errors={value} />
          <Confusions errors={value} />
        </>
      )}
    </>
  );
}

export const ErrorsView = () => <Waiting of={sweepPage}>{(page) => <Errors page={page} />}</Waiting>;
