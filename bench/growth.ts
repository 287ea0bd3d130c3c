/**
 * How time grows with the task, beside what the machine can do at most.
 *
 *     deno task bench:growth [runs=3] [rows=20480,40960,81920,163840] [columns=64,128,256]
 *         [banks=2048,8192,32768,65536] [widths=256,512,1024] [groups=1,2,5,10,25,50]
 *         [images=15,30,60,120] [classes=1,2,4] [write=FILE]
 *
 * - selection of a tenth of the rows of 128 columns, and of other columns at 40,960 rows;
 * - search by the 1,024 patches of one image in banks of 1,024 columns, in 8,192 rows of other widths,
 *   and in one of several groups that share the second-largest bank;
 * - embedding of images of the sample data, and whole runs of HierCore on some of its classes, without
 *   a cache, at most twice; `classes=0` leaves those out.
 *
 * All sizes of one curve run in turn, `runs` times. Rows lie on five curved surfaces, an image on one
 * of them. The exponent is the slope of the logarithms: 1 is linear, 2 quadratic.
 *
 * @module
 */
import { linearRegression } from "simple-statistics";
import { readArguments, readSizes } from "./arguments.ts";
import { digits, type Figure, figureLine, openFigures, print } from "./figures.ts";
import type { Curve } from "./growth_curve.ts";
import { embeddingCurve, runCurve } from "./growth_images.ts";
import { banksCurve, groupsCurve, widthsCurve } from "./growth_search.ts";
import { columnsCurve, rowsCurve } from "./growth_selection.ts";
import { openLimits } from "./limits.ts";
import { describeMachine, loadLine, machineLine } from "./machine.ts";

const settings = readArguments(Deno.args, {
  runs: 3,
  rows: "20480,40960,81920,163840",
  columns: "64,128,256",
  banks: "2048,8192,32768,65536",
  widths: "256,512,1024",
  groups: "1,2,5,10,25,50",
  images: "15,30,60,120",
  classes: "1,2,4",
  write: "",
});
const figures = openFigures(settings.write);
const banks = readSizes(settings.banks);
print(`${machineLine(await describeMachine())}; ${loadLine()}; ${settings.runs} runs in turn`);
const limits = await openLimits();
await show(await rowsCurve(readSizes(settings.rows)));
await show(await columnsCurve(readSizes(settings.columns)));
await show(banksCurve(banks));
await show(widthsCurve(readSizes(settings.widths)));
await show(groupsCurve(readSizes(settings.groups), banks.at(-2) ?? banks[0]!));
await show(await embeddingCurve(readSizes(settings.images)));
if (settings.classes !== "0") await show(await runCurve(readSizes(settings.classes)), 2);
await limits.measure();
print("\nlimits of this machine, measured before and after every curve; the best run counts");
for (const limit of limits.add(figures)) print(figureLine(limit));
await figures.save();

/** Measures all points in turn, prints them, and the exponents of those that one way shares. */
async function show(curve: Curve, most = Infinity): Promise<void> {
  await limits.measure();
  print(`\n${curve.series}`);
  const points = [];
  for (const point of curve.points) points.push({ ...point, work: await point.open() });
  const values = points.map(() => [] as number[]);
  const runs = Math.min(settings.runs, most);
  for (let run = 0; run < runs; run++) {
    for (const [i, { work }] of points.entries()) values[i]!.push(await work(run));
  }
  await curve.close?.();
  const { series, unit, over } = curve;
  /** The first way at each size, with which the others are compared. */
  const first = new Map<number, Figure>();
  for (const way of new Set(points.map((point) => point.way))) {
    const own = points.flatMap((point, i) => {
      if (point.way !== way) return [];
      const { sizes } = point, size = sizes[over]!, against = first.get(size);
      const figure = figures.add({ series, way, sizes, unit, values: values[i]!, against });
      if (against === undefined) first.set(size, figure);
      return [figure];
    });
    for (const figure of own) {
      print(figureLine({ ...figure, way: `${way}, ${figure.sizes[over]} ${over}` }));
    }
    const logarithms = own.map(({ sizes, median }) => [Math.log(sizes[over]!), Math.log(median)]);
    if (own.length < 2) continue;
    print(`${way}: exponent ${digits(linearRegression(logarithms).m)}`);
  }
}
