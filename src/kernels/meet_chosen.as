// Which of the rows chosen lately rows of a center may be nearer to, the nearest to the center first.

import {
  centerHeads,
  centerRests,
  classEnds,
  CLASSES,
  farthest,
  met,
  metCenters,
  metHeads,
  rows,
  seen,
  spend,
  steps,
} from "./kernel_memory";
import { addRest, headDistance, REST } from "./row_sketch";
import { boundOf } from "./sketch_rows";

/** Rows on a long list. */
const LONG: u32 = 40;

let classScale: f64 = 0; // classes per squared unit

/** Finds the chosen rows that rows of a center may be nearer to, sorted by distance; returns how many there are. */
export function meetChosen(center: u32): u32 {
  const far = <f64>load<f32>(farthest + (<usize>center << 2));
  if (far === 0) return 0;
  const reach = boundOf(2 * Math.sqrt(far));
  let sketch = centerHeads + (<usize>center << 6);
  const h0 = v128.load(sketch), h1 = v128.load(sketch, 16), h2 = v128.load(sketch, 32), h3 = v128.load(sketch, 48);
  let found = met;
  const first = load<u32>(seen + (<usize>center << 2));
  sketch = centerHeads + (<usize>first << 6);
  for (let other = first; other < steps; other++) {
    const distance = headDistance(sketch, h0, h1, h2, h3);
    store<u32>(found, other);
    store<i32>(found, distance, 4);
    found += <usize>(distance <= reach) << 3;
    sketch += 64;
  }
  spend(20 + <f64>(steps - first) * 1.2 + <f64>((found - met) >> 3) * 5);
  classScale = <f64>(CLASSES - 1) / <f64>reach;
  memory.fill(classEnds, 0, (CLASSES + 1) << 2);
  const rest = centerRests + <usize>center * REST;
  // Looking closely pays where lists are long.
  const length: usize = rows / LONG > steps ? REST : 64;
  let kept = met;
  for (let from = met; from < found; from += 8) {
    const other = load<u32>(from);
    const distance = addRest(load<i32>(from, 4), centerRests + <usize>other * REST, rest, reach, length);
    if (distance > reach) continue;
    const itsClass = classOf(distance);
    store<u32>(kept, other);
    store<u32>(kept, itsClass, 4);
    const end = classEnds + (<usize>itsClass << 2);
    store<u32>(end, load<u32>(end, 4) + 1, 4);
    kept += 8;
  }
  // From numbers per class, one place further on, to where each class begins, then, as they fill, ends.
  for (let i: u32 = 0; i < CLASSES; i++) {
    const end = classEnds + (<usize>i << 2);
    store<u32>(end, load<u32>(end, 4) + load<u32>(end), 4);
  }
  for (let from = met; from < kept; from += 8) {
    const other = load<u32>(from), end = classEnds + (<usize>load<u32>(from, 4) << 2);
    const to = <usize>load<u32>(end);
    store<u32>(end, <u32>to + 1);
    store<u32>(metCenters + (to << 2), other);
    copySketch(metHeads + (to << 6), centerHeads + (<usize>other << 6));
  }
  const count = (kept - met) >> 3;
  spend(<f64>count * 6);
  return <u32>count;
}

/** The class of a squared distance between sketches; never falls as that rises. */
@inline
export function classOf(distance: i32): u32 {
  return min<u32>(<u32>(<f64>distance * classScale), CLASSES - 1);
}

@inline
function copySketch(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}
