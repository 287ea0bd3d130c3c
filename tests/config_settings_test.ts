import assert from "node:assert/strict";
import { checkConfig, configSettings, defaultConfig, findSetting } from "@/config.ts";

const defaultPaths = Object.entries(defaultConfig).flatMap(([section, keys]) =>
  Object.keys(keys).map((key) => `${section}.${key}`)
);

Deno.test("configSettings has one entry for every default, and no other", () => {
  assert.deepEqual(Object.keys(configSettings).sort(), [...defaultPaths].sort());
});

Deno.test("configSettings accepts every default", () => {
  for (const [section, keys] of Object.entries(defaultConfig)) {
    for (const [key, value] of Object.entries(keys)) {
      assert.ok(configSettings[`${section}.${key}`]!.accepts(value), `${section}.${key}`);
    }
  }
});

Deno.test("configSettings refuses values of another kind everywhere", () => {
  for (const [path, setting] of Object.entries(configSettings)) {
    for (const value of [undefined, {}, Symbol("x"), NaN, [[]]]) {
      assert.ok(!setting.accepts(value), path);
    }
  }
});

Deno.test("configSettings holds its bounds at their edges", () => {
  const accepts = (path: string, value: unknown) => findSetting(path, "test").accepts(value);
  assert.deepEqual([0, 1e-9, 1, 1.001].map((v) => accepts("MODEL.sampler_ratio", v)), [
    false,
    true,
    true,
    false,
  ]);
  assert.deepEqual([0, 0.5, 1].map((v) => accepts("EVALUATION.alpha", v)), [false, true, false]);
  assert.deepEqual([1, 2, 2.5].map((v) => accepts("EVALUATION.folds", v)), [false, true, false]);
  assert.deepEqual([0, 1e-9, 2, 2.1, null].map((v) => accepts("MODEL.dbscan_epsilon", v)), [
    ...[false, true, true, false, true],
  ]);
  assert.deepEqual([0, 1, 1.5, null].map((v) => accepts("MODEL.dbscan_min_points", v)), [
    ...[false, true, false, false],
  ]);
  assert.deepEqual([0, 1, 1.5, null].map((v) => accepts("MODEL.n_clusters", v)), [
    ...[false, true, false, true],
  ]);
  assert.deepEqual([null, 1, 0].map((v) => accepts("MODEL.target_embed_dimension", v)), [
    true,
    true,
    false,
  ]);
  assert.deepEqual([1, 2, 3, 5, "3"].map((v) => accepts("MODEL.patch_size", v)), [
    true,
    false,
    true,
    true,
    false,
  ]);
});

Deno.test("configSettings takes an input range whole, channel by channel", () => {
  const accepts = (path: string, value: unknown) => findSetting(path, "test").accepts(value);
  for (const path of ["MODEL.input_mean", "MODEL.input_std"]) {
    for (const value of [null, [1, 2, 3], [0.5, 0.5, 0.5]]) assert.ok(accepts(path, value), path);
    for (const value of [1, [1, 2], [1, 2, "3"], [1, 2, Infinity]]) {
      assert.ok(!accepts(path, value), path);
    }
  }
  assert.ok(accepts("MODEL.input_mean", [0, -1, 0]) && !accepts("MODEL.input_std", [1, 0, 1]));
  assert.equal(
    findSetting("MODEL.input_std", "test").requirement,
    "a list of three, each a number above 0, or null",
  );
});

Deno.test("checkConfig() misses no key", () => {
  const { seed: _seed, ...rest } = defaultConfig.DEFAULT;
  assert.throws(() => checkConfig({ ...defaultConfig, DEFAULT: rest }, "mine.yaml"), {
    message:
      'Cannot load "mine.yaml": "DEFAULT.seed" must be an integer from 0 to 4294967295 or a list of different integers, each from 0 to 4294967295, got undefined',
  });
});

Deno.test("findSetting() knows no inherited names", () => {
  for (const path of ["constructor", "toString", "MODEL"]) {
    assert.throws(() => findSetting(path, "mine.yaml"), {
      message: new RegExp(`^Cannot load "mine.yaml": unknown key "${path}"`),
    });
  }
});
