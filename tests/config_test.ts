import assert from "node:assert/strict";
import {
  type ConfigKey,
  configKeys,
  configSections,
  defaultConfig,
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
    [
      'MODEL.sampler="best"',
      '"MODEL.sampler" must be one of greedy, random, identity, greedy_coreset, got "best"',
    ],
    [
      'MODEL.clustering_method="ward"',
      '"MODEL.clustering_method" must be one of finch, kmeans, dbscan, got "ward"',
    ],
    [
      "MODEL.n_clusters=0",
      '"MODEL.n_clusters" must be an integer from 1 to 100000, or null, got 0',
    ],
    [
      "MODEL.dbscan_epsilon=0",
      '"MODEL.dbscan_epsilon" must be a number above 0 and at most 2, or null, got 0',
    ],
    ["MODEL.layers=[]", '"MODEL.layers" must be a list of at least one text, got []'],
    ["MODEL.known_class=1", '"MODEL.known_class" must be true or false, got 1'],
    [
      "MODEL.sampler=",
      '"MODEL.sampler" must be one of greedy, random, identity, greedy_coreset, got null',
    ],
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

Deno.test("resolveConfig() asks for the choice that a value resembles, and for no other", () => {
  const cases: [string, string][] = [
    [
      'MODEL.sampler="greeedy"',
      '"MODEL.sampler" must be one of greedy, random, identity, greedy_coreset, got "greeedy", ' +
      'did you mean "greedy"?',
    ],
    [
      'MODEL.name="Patchcore"',
      '"MODEL.name" must be one of PatchCore, HierarchicalPatchCore, got "Patchcore", ' +
      'did you mean "PatchCore"?',
    ],
    [
      'DATASET.name="mvtec"',
      '"DATASET.name" must be one of Sample, Folder, MVTec, VisA, BTAD, MPDD, got "mvtec", ' +
      'did you mean "MVTec"?',
    ],
    // A number that is written as text is no misspelling, and a list none of its first item.
    ['MODEL.patch_size="3"', '"MODEL.patch_size" must be one of 1, 3, 5, got "3"'],
    ['DATASET.fit=["square"]', '"DATASET.fit" must be one of short_side, square, got ["square"]'],
  ];
  for (const [override, message] of cases) {
    refused(null, [override], `Cannot load "mine.yaml": ${message}`);
  }
});

Deno.test("configKeys lists what configSections states, in its order", () => {
  const paths = Object.entries(configSections).flatMap(([section, keys]) =>
    Object.keys(keys).map((key) => `${section}.${key}`)
  );
  assert.deepEqual(configKeys.map(({ path }) => path), paths);
  const shown = ({ path, requirement, default: usual, description, choices }: ConfigKey) =>
    [path, requirement, usual, description, choices] as const;
  const find = (path: string) => shown(configKeys.find((key) => key.path === path)!);
  assert.deepEqual(find("MODEL.sampler"), [
    "MODEL.sampler",
    "one of greedy, random, identity, greedy_coreset",
    "greedy",
    "How embeddings are chosen for the memory bank.",
    ["greedy", "random", "identity", "greedy_coreset"],
  ]);
  assert.deepEqual(find("MODEL.patch_size").slice(1, 3), ["one of 1, 3, 5", 3]);
  assert.deepEqual(find("MODEL.patch_size").at(-1), [1, 3, 5]);
  assert.deepEqual(find("DATASET.datadir"), [
    ...["DATASET.datadir", "text, or null", null],
    "Dataset folder; `null` only for `Sample`.",
    null,
  ]);
  assert.deepEqual(find("EVALUATION.bootstrap").slice(1, 3), [
    "one of 0 or an integer from 100 to 100000",
    0,
  ]);
});

Deno.test("configKeys accepts every default and says what each key is for", () => {
  for (const { path, accepts, default: usual, description } of configKeys) {
    assert.ok(accepts(usual), path);
    assert.match(description, /^\S.*\.$/, path);
  }
});

Deno.test("configKeys allows the choices it lists, and nothing else", () => {
  for (const { path, accepts, choices, requirement } of configKeys) {
    if (choices === null) continue;
    assert.equal(requirement, `one of ${choices.join(", ")}`);
    for (const choice of choices) assert.ok(accepts(choice), `${path}=${choice}`);
    assert.equal(accepts(`${choices[0]}s`), false, path);
  }
});

Deno.test("configKeys refuses values of another kind everywhere", () => {
  for (const { path, accepts } of configKeys) {
    for (const value of [undefined, {}, Symbol("x"), NaN, [[]]]) assert.ok(!accepts(value), path);
  }
});

const accepts = (path: string, value: unknown) =>
  configKeys.find((key) => key.path === path)!.accepts(value);

Deno.test("configKeys holds its bounds at their edges", () => {
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

Deno.test("configKeys takes an input range whole, channel by channel", () => {
  for (const path of ["MODEL.input_mean", "MODEL.input_std"]) {
    for (const value of [null, [1, 2, 3], [0.5, 0.5, 0.5]]) assert.ok(accepts(path, value), path);
    for (const value of [1, [1, 2], [1, 2, "3"], [1, 2, Infinity]]) {
      assert.ok(!accepts(path, value), path);
    }
  }
  assert.ok(accepts("MODEL.input_mean", [0, -1, 0]) && !accepts("MODEL.input_std", [1, 0, 1]));
  assert.equal(
    configKeys.find(({ path }) => path === "MODEL.input_std")!.requirement,
    "a list of three, each a number above 0, or null",
  );
});

Deno.test("resolveConfig() knows no inherited names", () => {
  for (const path of ["constructor", "toString", "MODEL", "MODEL.toString"]) {
    refused(null, [`${path}=1`], `Cannot load "mine.yaml": unknown key "${path}"`);
  }
  refused(
    { constructor: { name: 1 } },
    [],
    'Cannot load "mine.yaml": unknown key "constructor"',
  );
});

Deno.test("resolveConfig() takes no missing value for a default", () => {
  refused(
    { DEFAULT: { seed: undefined } },
    [],
    'Cannot load "mine.yaml": "DEFAULT.seed" must be an integer from 0 to 4294967295 or a list of ' +
      "different integers, each from 0 to 4294967295, got undefined",
  );
});
