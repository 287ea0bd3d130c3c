import assert from "node:assert/strict";
import {
  checkConfig,
  configChoices,
  configSettings,
  defaultConfig,
  findSetting,
  resolveConfig,
} from "@/config.ts";

const resolve = (document: unknown, overrides: readonly string[] = []) =>
  resolveConfig({
    name: "mine.yaml",
    document,
    overrides,
    parseValue: (text) => text === "" ? null : JSON.parse(text),
  });

const refused = (document: unknown, overrides: readonly string[], message: string) =>
  assert.throws(() => resolve(document, overrides), { name: "RangeError", message });

Deno.test("resolveConfig() of nothing is the defaults, and never changes them", () => {
  const before = structuredClone(defaultConfig);
  for (const empty of [null, undefined, {}, { MODEL: null }]) {
    assert.deepEqual(resolve(empty), defaultConfig);
  }
  resolve({ MODEL: { layers: ["stride8"] } }, ["DEFAULT.seed=4"]);
  assert.deepEqual(defaultConfig, before);
});

Deno.test("resolveConfig() applies the file, then the overrides in their order", () => {
  const config = resolve({ DEFAULT: { seed: 1 }, MODEL: { sampler: "random" } }, [
    "DEFAULT.seed=2",
    "DEFAULT.seed=3",
    'MODEL.layers=["stride16", "stride8"]',
    "EVALUATION.known_class=true",
  ]);
  assert.equal(config.DEFAULT.seed, 3);
  assert.equal(config.MODEL.sampler, "random");
  assert.deepEqual(config.MODEL.layers, ["stride16", "stride8"]);
  assert.equal(config.EVALUATION.known_class, true);
});

Deno.test("resolveConfig() keeps the right side of an override whole", () => {
  const config = resolve(null, ['DEFAULT.savedir="a=b"']);
  assert.equal(config.DEFAULT.savedir, "a=b");
});

Deno.test("resolveConfig() refuses what is not a section of keys", () => {
  refused([1], [], 'Cannot load "mine.yaml": the file must hold sections of keys');
  refused("text", [], 'Cannot load "mine.yaml": the file must hold sections of keys');
  refused({ MODEL: 3 }, [], 'Cannot load "mine.yaml": section "MODEL" must hold keys, got 3');
});

Deno.test("resolveConfig() names unknown keys with a suggestion where one is near", () => {
  refused(
    { MODEL: { smapler: "random" } },
    [],
    'Cannot load "mine.yaml": unknown key "MODEL.smapler", did you mean "MODEL.sampler"?',
  );
  refused(null, ["COLOR.blue=1"], 'Cannot load "mine.yaml": unknown key "COLOR.blue"');
  refused({ COLOR: {} }, [], 'Cannot load "mine.yaml": unknown key "COLOR"');
  refused(
    JSON.parse('{"MODEL": {"__proto__": 1}}'),
    [],
    'Cannot load "mine.yaml": unknown key "MODEL.__proto__"',
  );
});

Deno.test("resolveConfig() says what a value must be and what came", () => {
  const cases: [string, string][] = [
    [
      "MODEL.sampler_ratio=0",
      '"MODEL.sampler_ratio" must be a number above 0 and at most 1, got 0',
    ],
    [
      "DEFAULT.seed=1.5",
      '"DEFAULT.seed" must be an integer from 0 to 4294967295 or a list of different integers, each from 0 to 4294967295, got 1.5',
    ],
    ['MODEL.sampler="best"', '"MODEL.sampler" must be one of greedy, random, identity, got "best"'],
    [
      'MODEL.clustering_method="ward"',
      '"MODEL.clustering_method" must be one of finch, kmeans, dbscan, got "ward"',
    ],
    ["MODEL.n_clusters=0", '"MODEL.n_clusters" must be an integer from 1, or null, got 0'],
    [
      "MODEL.dbscan_epsilon=0",
      '"MODEL.dbscan_epsilon" must be a number above 0 and at most 2, or null, got 0',
    ],
    ["MODEL.layers=[]", '"MODEL.layers" must be a list of at least one text, got []'],
    ["MODEL.known_class=1", '"MODEL.known_class" must be true or false, got 1'],
    ["MODEL.sampler=", '"MODEL.sampler" must be one of greedy, random, identity, got null'],
    ["DATASET.resize=100", '"DATASET.imagesize" must be at most "DATASET.resize" (100), got 256'],
    [
      'DATASET.name="Folder"',
      '"DATASET.datadir" must name the folder of dataset "Folder", got null',
    ],
    [
      'DATASET.datadir="photos"',
      '"DATASET.datadir" must be null for the sample data, which is drawn on first use, ' +
      'got "photos"; for your own images set DATASET.name=Folder',
    ],
  ];
  for (const [override, message] of cases) {
    refused(null, [override], `Cannot load "mine.yaml": ${message}`);
  }
});

Deno.test("resolveConfig() refuses an override without a value", () => {
  for (const override of ["MODEL.sampler", "=3", ""]) {
    refused(
      null,
      [override],
      `Cannot load "mine.yaml": an override must have the form KEY.sub=value, got "${override}"`,
    );
  }
});

Deno.test("resolveConfig() refuses a number of clusters for DBSCAN alone", () => {
  const withNumber = (method: string) =>
    resolve({ MODEL: { clustering_method: method, n_clusters: 5 } }).MODEL.n_clusters;
  assert.equal(withNumber("finch"), 5);
  assert.equal(withNumber("kmeans"), 5);
  refused(
    { MODEL: { clustering_method: "dbscan" } },
    ["MODEL.n_clusters=5"],
    'Cannot load "mine.yaml": "MODEL.n_clusters" must be null for clustering method "dbscan", ' +
      "whose density decides how many clusters there are, got 5",
  );
  assert.equal(resolve({ MODEL: { clustering_method: "dbscan" } }).MODEL.n_clusters, null);
});

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

Deno.test("configSettings allows what configChoices lists, and nothing else", () => {
  for (const [key, choices] of Object.entries(configChoices)) {
    const [, setting] = Object.entries(configSettings).find(([path]) => path.endsWith(`.${key}`))!;
    assert.equal(setting.requirement, `one of ${choices.join(", ")}`);
    for (const choice of choices) assert.ok(setting.accepts(choice), `${key}=${choice}`);
    assert.equal(setting.accepts(`${choices[0]}s`), false, key);
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
