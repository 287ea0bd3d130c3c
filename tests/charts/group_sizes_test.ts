import assert from "node:assert/strict";
import { groupSizes, OTHER_SIZES } from "@/charts/image_sizes.ts";
import { assertClose } from "../helpers/mod.ts";

const geometry = { resize: 200, imagesize: 200 };
const square = { width: 400, height: 400 }, oblong = { width: 800, height: 400 };

Deno.test("groupSizes() adds up classes and names whose size it is", () => {
  const classes = [
    { name: "cup", sizes: [{ ...square, images: 5 }, { ...oblong, images: 2 }] },
    { name: "lid", sizes: [{ ...square, images: 4 }] },
    { name: "nut", sizes: [{ ...square, images: 1 }, { width: 9, height: 9, images: 3 }] },
    { name: "pin", sizes: [{ width: 9, height: 9, images: 4 }] },
  ];
  assert.deepEqual(
    groupSizes(classes, { geometry, most: 9 }).map(({ name, images, share }) => [
      name,
      images,
      share,
    ]),
    // The middle square of 800×400 is half of it.
    [["400×400, 3 classes", 10, 1], ["9×9, 2 classes", 7, 1], ["800×400, cup", 2, 0.5]],
  );
  const both = [classes[0]!, classes[1]!];
  assert.equal(groupSizes(both, { geometry, most: 9 })[0]!.name, "400×400, all classes");
  assert.equal(groupSizes([classes[1]!], { geometry, most: 9 })[0]!.name, "400×400");
});

Deno.test("groupSizes() tells what is too many together, with the mean share over images", () => {
  const sizes = [
    { ...square, images: 10 },
    { ...oblong, images: 3 },
    { width: 400, height: 1600, images: 1 },
  ];
  const classes = [{ name: "nut", sizes }];
  assert.equal(groupSizes(classes, { geometry, most: 3 }).length, 3);
  const groups = groupSizes(classes, { geometry, most: 2 });
  assert.deepEqual(groups.map(({ name, images }) => [name, images]), [
    ["400×400", 10],
    [OTHER_SIZES, 4],
  ]);
  // Halves three times and a quarter once.
  assertClose(groups[1]!.share, (3 * 0.5 + 0.25) / 4, 1e-12);
  assert.equal(groups[1]!.sizes.length, 2);
});

Deno.test("groupSizes() keeps every image, however many groups there are", () => {
  const sizes = Array.from(
    { length: 30 },
    (_, i) => ({ width: 10 + i, height: 20, images: 1 + i }),
  );
  for (let most = 2; most < 35; most++) {
    const groups = groupSizes([{ name: "nut", sizes }], { geometry, most });
    assert.equal(groups.length, Math.min(most, 30));
    assert.equal(groups.reduce((sum, { images }) => sum + images, 0), 465);
  }
});

Deno.test("groupSizes() has no group without images and refuses a single group", () => {
  assert.deepEqual(groupSizes([{ name: "nut", sizes: [] }], { geometry, most: 2 }), []);
  assert.throws(() => groupSizes([], { geometry, most: 1 }), {
    name: "RangeError",
    message: "Cannot group image sizes: most must be at least 2, got 1",
  });
});
