import assert from "node:assert/strict";
import {
  type MeasuredDefect,
  summarizeDefectSizes,
  tabulateDefectSizes,
} from "@/datasets/defect_sizes.ts";

function defectOf(pixels: number, other: Partial<MeasuredDefect> = {}): MeasuredDefect {
  return { className: "nut", defect: "bent", image: "a", area: 0.1, pixels, kept: 1, ...other };
}

Deno.test("summarizeDefectSizes() counts by hand what is small, cut away or gone", () => {
  const defects = [
    defectOf(64), // exactly a patch: not below one
    defectOf(16, { kept: 0.5 }), // a quarter of a patch, half of it cut away
    defectOf(0, { kept: 1 }), // lost by scaling
    defectOf(0, { kept: 0 }), // cut away altogether
    defectOf(640, { kept: 0.51 }),
    defectOf(0, { area: 0, kept: null }), // an empty mask has nothing to lose
  ];
  // Without the empty one: 0, 0, 16, 64, 640.
  assert.deepEqual(summarizeDefectSizes(defects, { patch: 8 }), [{
    className: "nut",
    masks: 5,
    medianPixels: 16,
    smallestPixels: 0,
    smallestPatches: 0,
    belowPatch: 3,
    cut: 2,
    vanished: 2,
  }]);
});

Deno.test("summarizeDefectSizes() keeps classes apart and leaves out those without masks", () => {
  const defects = [
    defectOf(10, { className: "nut" }),
    defectOf(300, { className: "cup" }),
    defectOf(500, { className: "cup" }),
    defectOf(0, { className: "lid", area: 0, kept: null }),
  ];
  const sizes = summarizeDefectSizes(defects, { patch: 10 });
  assert.deepEqual(
    sizes.map(({ className, masks, medianPixels, smallestPatches }) => [
      className,
      masks,
      medianPixels,
      smallestPatches,
    ]),
    [["nut", 1, 10, 0.1], ["cup", 2, 400, 3]],
  );
  assert.deepEqual(summarizeDefectSizes([], { patch: 8 }), []);
});

Deno.test("summarizeDefectSizes() refuses a patch without pixels", () => {
  assert.throws(() => summarizeDefectSizes([], { patch: 0 }), {
    name: "RangeError",
    message: "Cannot summarize defects: patch must be a positive number of pixels, got 0",
  });
});

Deno.test("tabulateDefectSizes() shows every number of a class", () => {
  const sizes = summarizeDefectSizes([defectOf(32), defectOf(97, { kept: 0.2 })], { patch: 8 });
  // The median is 64.5, shown as a whole number.
  assert.deepEqual(tabulateDefectSizes(sizes), [{
    class: "nut",
    masks: 2,
    "median, px": 65,
    "smallest, px": 32,
    "smallest, patches": 0.5,
    "below a patch": 1,
    "half cut away": 1,
    vanished: 0,
  }]);
});
