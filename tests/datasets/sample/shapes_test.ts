import assert from "node:assert/strict";
import {
  box,
  circle,
  hexagon,
  type Outline,
  polyline,
  smoothRise,
  wander,
} from "@/datasets/sample/shapes.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../../helpers/mod.ts";

Deno.test("box() measures to the rounded corner when the position lies beyond it", () => {
  // Corner circle of radius 2 around (3, 1); (6, 5) is 5 away from its middle.
  const outline = box({ x: 5, y: 3 }, { corner: 2 });
  assert.equal(outline(6, 5), 3);
  assert.equal(outline(0, 0), -3);
  assert.equal(box({ x: 5, y: 3 }, { corner: 2, center: { x: 10, y: 20 } })(16, 25), 3);
});

Deno.test("hexagon() is the same after a turn by a sixth", () => {
  const outline = hexagon(10), cosine = 0.5, sine = Math.sqrt(3) / 2;
  for (const { x, y } of [{ x: 3, y: 4 }, { x: 12, y: -1 }, { x: -7, y: 9 }]) {
    assertClose(outline(cosine * x - sine * y, sine * x + cosine * y), outline(x, y), 1e-12);
  }
});

Deno.test("polyline() is as far away as the nearest of many positions along it", () => {
  const points = [{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 10, y: 8 }, { x: 3, y: 12 }];
  const outline = polyline(points, 0.5), random = createRandom(2);
  for (let trial = 0; trial < 30; trial++) {
    const x = 20 * random.next() - 5, y = 20 * random.next() - 5;
    let nearest = Infinity;
    for (let i = 1; i < points.length; i++) {
      const from = points[i - 1]!, to = points[i]!;
      for (let step = 0; step <= 1000; step++) {
        const t = step / 1000;
        const dx = from.x + t * (to.x - from.x) - x, dy = from.y + t * (to.y - from.y) - y;
        nearest = Math.min(nearest, Math.hypot(dx, dy));
      }
    }
    assertClose(outline(x, y), nearest - 0.5, 1e-3);
  }
});

Deno.test("polyline() is a disk when it has one position", () => {
  assert.equal(polyline([{ x: 1, y: 1 }], 2)(4, 5), 3);
});

Deno.test("circle(), box() and polyline() change by no more than the way walked", () => {
  const outlines: Outline[] = [
    circle(5, { x: 1, y: 2 }),
    box({ x: 6, y: 3 }, { corner: 1 }),
    polyline([{ x: 0, y: 0 }, { x: 5, y: 5 }], 1),
  ];
  const random = createRandom(4);
  for (let trial = 0; trial < 100; trial++) {
    const x = 30 * random.next() - 15, y = 30 * random.next() - 15;
    const dx = random.gaussian(), dy = random.gaussian();
    for (const outline of outlines) {
      const change = Math.abs(outline(x + dx, y + dy) - outline(x, y));
      assert.ok(change <= Math.hypot(dx, dy) + 1e-9);
    }
  }
});

Deno.test("wander() walks its whole length however far it strays", () => {
  const options = { from: { x: 3, y: 4 }, angle: 1, length: 12, stray: 0.7, steps: 6 };
  const points = wander(options, createRandom(8));
  assert.equal(points.length, 7);
  const walked = points.slice(1).map((point, i) =>
    Math.hypot(point.x - points[i]!.x, point.y - points[i]!.y)
  );
  for (const step of walked) assertClose(step, 2, 1e-12);
});

Deno.test("smoothRise() follows its cubic between its ends", () => {
  // 3/16 − 2/64 = 5/32
  assert.equal(smoothRise(0.25), 5 / 32);
});

Deno.test("smoothRise() never falls, and mirrors around the middle", () => {
  for (let t = -0.5; t < 1.5; t += 0.01) {
    assert.ok(smoothRise(t + 0.01) >= smoothRise(t));
    assert.ok(Math.abs(smoothRise(t) + smoothRise(1 - t) - 1) < 1e-12);
  }
});
