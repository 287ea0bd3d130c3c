import assert from "node:assert/strict";
import { checkFiles, type InspectedFile } from "@/datasets/check.ts";
import { bentOf, fileOf, maskOf, sampleOf } from "../helpers/inspected.ts";

const bent = [bentOf("a")];

/** Checks one anomalous image with its mask. */
function check(image: InspectedFile, mask: InspectedFile) {
  return checkFiles(bent, { files: new Map([["a", image], ["a.mask", mask]]), resize: 480 });
}

Deno.test("checkFiles() finds nothing wrong with an image and its mask", () => {
  assert.deepEqual(check(fileOf(), maskOf()), []);
});

Deno.test("checkFiles() names files that cannot be decoded and says no more of them", () => {
  const damaged = { decoded: null, fault: "the file is damaged (oh)" };
  assert.deepEqual(check(fileOf(damaged), maskOf(0.1, damaged)), [
    {
      kind: "unreadable image",
      path: "a",
      reason: '"a" must be a file that can be decoded: the file is damaged (oh)',
    },
    {
      kind: "unreadable mask",
      path: "a.mask",
      reason: '"a.mask" must be a file that can be decoded: the file is damaged (oh)',
    },
  ]);
});

Deno.test("checkFiles() tells a mask that fits only the turned image from one that fits neither", () => {
  const turned = { width: 480, height: 640 }, stored = { width: 640, height: 480 };
  const reasonOf = (image: InspectedFile, mask: InspectedFile) => check(image, mask)[0]?.reason;
  const header = { ...stored, format: "jpeg", channels: 3, bits: 8, isRotated: true };
  // As the file stores it: 640×480; the mask was drawn on the photograph as viewers show it.
  assert.equal(
    reasonOf(fileOf({ header }), maskOf(0.1, turned)),
    '"a.mask" must be 640×480 like "a", got 480×640, which fits the image turned as its EXIF ' +
      "orientation says: DATASET.orientation=exif",
  );
  // Turned: the mask was drawn on the pixels as they are stored.
  assert.equal(
    reasonOf(fileOf({ header, decoded: turned }), maskOf()),
    '"a.mask" must be 480×640 like "a", got 640×480, which fits the image as the file stores it: ' +
      "DATASET.orientation=file",
  );
  // Without an orientation in the image, or at another size, no setting helps.
  assert.equal(
    reasonOf(fileOf(), maskOf(0.1, turned)),
    '"a.mask" must be 640×480 like "a", got 480×640',
  );
  assert.equal(
    reasonOf(fileOf({ header }), maskOf(0.1, { width: 48, height: 64 })),
    '"a.mask" must be 640×480 like "a", got 48×64',
  );
});

Deno.test("checkFiles() finds masks that mark nothing or everything", () => {
  assert.deepEqual(check(fileOf(), maskOf(0)), [{
    kind: "empty mask",
    path: "a.mask",
    reason: '"a.mask" must mark the defect of "a", got no pixel that is not 0',
  }]);
  assert.deepEqual(check(fileOf(), maskOf(1)), [{
    kind: "empty mask",
    path: "a.mask",
    reason: '"a.mask" must leave normal pixels of "a" at 0, got none',
  }]);
});

Deno.test("checkFiles() remarks on masks with more values than defects have numbers", () => {
  const mask = (values: number) => fileOf({ mask: { area: 0.1, values } });
  assert.deepEqual(check(fileOf(), mask(16)), []);
  assert.deepEqual(check(fileOf(), mask(17)), [{
    kind: "soft mask",
    path: "a.mask",
    reason: '"a.mask" should have at most 16 values besides 0, all of which are anomalous, got 17',
  }]);
});

Deno.test("checkFiles() remarks on images whose short side would be enlarged", () => {
  const files = new Map([["a", fileOf()], ["b", fileOf({ width: 479, height: 900 })]]);
  const samples = [sampleOf("a"), sampleOf("b"), sampleOf("not looked at")];
  assert.deepEqual(checkFiles(samples, { files, resize: 480 }), [{
    kind: "small image",
    path: "b",
    reason: 'the short side of "b" should be at least 480 pixels, got 479×900',
  }]);
});

Deno.test("checkFiles() remarks on masks of lossy formats, and says from where on they mark", () => {
  const header = {
    width: 640,
    height: 480,
    format: "jpeg",
    channels: 1,
    bits: 8,
    isRotated: false,
  };
  const lossy = (area: number) =>
    maskOf(area, { header, mask: { area, values: 1, isLossy: true } });
  assert.deepEqual(check(fileOf(), lossy(0.1)), [{
    kind: "lossy mask",
    path: "a.mask",
    reason:
      '"a.mask" should be of a format without losses, got JPEG: what is at least 128 of 255 ' +
      "is anomalous",
  }]);
  const [empty, full] = [0, 1].map((area) => check(fileOf(), lossy(area))[0]?.reason);
  assert.equal(empty, '"a.mask" must mark the defect of "a", got no pixel of at least 128');
  assert.equal(full, '"a.mask" must leave normal pixels of "a" below 128, got none');
});

Deno.test("checkFiles() remarks on images of 16 bits that use a quarter of them at most", () => {
  const reasonOf = (peak: number | null) =>
    checkFiles([sampleOf("a")], { files: new Map([["a", fileOf({ peak })]]), resize: 1 })
      .map(({ kind, reason }) => `${kind}: ${reason}`);
  // 12 bits: values up to 4080 of 65535, whose higher bytes are 0 to 15.
  assert.deepEqual(reasonOf(4080 / 65535), [
    'narrow range: "a" should use the range of its 16 bits, of which the higher 8 are read, but ' +
    "uses 6 % of its range: got 16 of 256 grey values",
  ]);
  assert.equal(reasonOf(1023 / 65535).length, 1);
  assert.equal(reasonOf(16383 / 65535).length, 1);
  for (const peak of [0.3, 1, null]) assert.deepEqual(reasonOf(peak), []);
});
