// The store's sweeps, newest first.
import { count, moment, shownText } from "../logic/numbers";
import { Nothing, Scroll, StateWord, Waiting } from "../parts/states";
import { sweeps } from "../state/page";

export function SweepsView() {
  return (
    <Waiting of={sweeps}>
      {(all) => all.length === 0 ? <Nothing>This store has no sweeps yet: `tarama run FILE` makes one.</Nothing> : (
        <>
          <h1>Sweeps</h1>
          <Scroll label="Sweeps">
            <table class="sweeps">
              <thead><tr>{["sweep", "name", "state", "succeeded", "failed", "planned", "submitted"].map((name) => <th scope="col">{name}</th>)}</tr></thead>
              <tbody>
                {all.toReversed().map((sweep) => (
                  <tr>
                    <td class="number">{sweep.sweep}</td>
                    <th scope="row"><a href={`#/${sweep.sweep}/answer`} dir="auto">{shownText(sweep.name, 200)}</a></th>
                    <td><StateWord state={sweep.state} /></td>
                    <td class="number">{count(sweep.succeeded)}</td><td class="number">{count(sweep.failed)}</td><td class="number">{count(sweep.planned)}</td>
                    <td>{moment(sweep.submitted_at)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </>
      )}
    </Waiting>
  );
}
