import assert from "node:assert/strict";
import { createRandom, type Random } from "@/math/random.ts";
import { promiseOf, thresholdFrom } from "@/thresholds/rules.ts";

/** Scores as normal images of one kind may have them. */
const shapes: Readonly<Record<string, (random: Random) => number>> = {
  "log-normal": (random) => Math.exp(0.4 * random.gaussian()),
  "Fréchet": (random) => (-Math.log(1 - random.next() || 0.5)) ** -0.25,
  "nearly normal": (random) => Math.max(0.1, 3 + 0.5 * random.gaussian()),
  "one of eight far above": (random) =>
    (random.next() < 1 / 8 ? 4 : 1) * Math.exp(0.1 * random.gaussian()),
};

/** Share of alarms of a rule among new scores, and its standard error over draws of both. */
function simulate(
  draw: (random: Random) => number,
  options: { count: number; alpha: number },
): { rate: number; error: number } {
  const { count, alpha } = options;
  const random = createRandom(count, `${alpha}`);
  const trials = 1000, fresh = 20;
  let sum = 0, squares = 0;
  for (let trial = 0; trial < trials; trial++) {
    const scores = Array.from({ length: count }, () => draw(random));
    const { value } = thresholdFrom(scores, { name: "gumbel", alpha });
    let alarms = 0;
    for (let i = 0; i < fresh; i++) if (draw(random) >= value) alarms++;
    sum += alarms / fresh;
    squares += (alarms / fresh) ** 2;
  }
  const rate = sum / trials;
  return { rate, error: Math.sqrt((squares / trials - rate ** 2) / trials) };
}

const counts = [3, 5, 9, 10, 20, 31, 50, 100, 200];

Deno.test("thresholdFrom() keeps what gumbel promises, whatever the shape of the scores", () => {
  for (const [shape, draw] of Object.entries(shapes)) {
    for (const alpha of [0.01, 0.05, 0.1]) {
      for (const count of counts) {
        const { bound } = promiseOf({ name: "gumbel", alpha }, { count });
        const { rate, error } = simulate(draw, { count, alpha });
        // Without a promise: no shape here exceeds what the largest score promises, or 3 alpha.
        const most = bound ?? Math.max(3 * alpha, 1 / (count + 1));
        assert.ok(rate <= most + 4 * error, `${shape}, n ${count}: ${rate}, not ${most}`);
        // Exact for Fréchet scores, but for the bracket and the table.
        if (shape !== "Fréchet") continue;
        const band = 4 * error + 0.15 * alpha;
        assert.ok(Math.abs(rate - alpha) < band, `${shape}, n ${count}: ${rate}, not ${alpha}`);
      }
    }
  }
});
