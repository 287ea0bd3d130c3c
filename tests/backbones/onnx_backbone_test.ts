import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Backbone } from "@/backbones/backbone.ts";
import { checkImageInput, openOnnxBackbone } from "@/backbones/onnx_backbone.ts";
import {
  decodeModel,
  elementTypes,
  encodeModel,
  type ModelProto,
} from "@/backbones/onnx_schema.ts";
import { openEmbedder } from "@/features/open_embedder.ts";
import type { FeatureMap, PatchEmbeddingOptions } from "@/features/patch_embedding.ts";
import { appendMeanHead, appendPatchHead } from "@/features/patch_head.ts";
import { makeFolder } from "../helpers/folder.ts";
import {
  describe,
  drawImages,
  embedPlainly,
  foreignFile,
  halve,
  runFile,
  smallGraph,
} from "../helpers/foreign.ts";
import { relativeError, testWithShared } from "../helpers/mod.ts";

const folder = makeFolder();
const normalization = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;
let files = 0;

async function open(file: Uint8Array): Promise<{ backbone: Backbone; path: string }> {
  const path = join(folder, `net${files++}.onnx`);
  await Deno.writeFile(path, file);
  return { backbone: await openOnnxBackbone({ name: "mine", path, normalization }), path };
}

/** The graph that `session.ts` would make: embeddings of the layers, and the mean of the last. */
async function buildHeads(
  backbone: Backbone,
  { layers, semantic, size, ...options }: PatchEmbeddingOptions & {
    layers: readonly string[];
    semantic: string;
    size: Pick<FeatureMap, "height" | "width">;
  },
) {
  const { height, width } = size;
  const built = await backbone.build({ height, width, layers: [...layers, semantic] });
  const { graph, maps, batch } = built;
  const patches = appendPatchHead(graph, { ...options, layers: maps.slice(0, -1) });
  const shape = ["n", "rows", "columns", patches.dimension];
  graph.output("embeddings", patches.value, { type: "float32", shape });
  const mean = appendMeanHead(graph, maps.at(-1)!);
  graph.output("semantics", mean.value, { type: "float32", shape: ["n", mean.dimension] });
  return { file: graph.encode(), ...(batch !== undefined && { batch }) };
}

/** Mean over the positions of a map. */
function average({ dims, data }: { dims: readonly number[]; data: Float32Array }): number[] {
  const area = dims[2]! * dims[3]!;
  return Array.from(
    { length: dims[0]! * dims[1]! },
    (_, i) => data.subarray(i * area, (i + 1) * area).reduce((sum, value) => sum + value, 0) / area,
  );
}

/** Compares a file with heads appended with the plain computation on what the file itself gives. */
async function assertHeads(
  file: Uint8Array,
  { semantic = "coarse", step, outputs = file, ...options }: PatchEmbeddingOptions & {
    semantic?: string;
    step?: number;
    /** The same network with all layers among its outputs. */
    outputs?: Uint8Array;
  } = {},
): Promise<void> {
  const layers = ["fine", "coarse"];
  // Extents that do not halve evenly, and more than one image.
  const images = drawImages(2, 13, 18);
  const { backbone } = await open(file);
  const heads = await buildHeads(backbone, { layers, semantic, size: images, ...options });
  assert.equal(heads.batch, step);
  const part = { images, ...(step !== undefined && { step }) };
  const { embeddings, semantics } = await runFile(heads.file, { ...part, input: "images" });
  const expected = await runFile(outputs, { ...part, input: "x" });
  const plain = embedPlainly(expected, { ...options, layers });
  assert.ok(relativeError(embeddings!.data, plain) < 1e-5);
  const mean = expected[semantic]!;
  const vectors = mean.dims.length === 2 ? mean.data : average(mean);
  assert.ok(relativeError(semantics!.data, vectors) < 1e-5);
}

// 11 is the oldest, 26 the newest that ONNX Runtime 1.30 takes.
for (const operatorSet of [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26]) {
  Deno.test(`openOnnxBackbone() makes the plain embeddings at operator set ${operatorSet}`, async () => {
    const file = foreignFile(operatorSet);
    await assertHeads(file);
    // Widths that do not divide: layers share a column, and are padded and added.
    await assertHeads(file, { pretrainEmbedDimension: 7, targetEmbedDimension: 5 });
  });
}

Deno.test("openOnnxBackbone() takes a file whose constants are declared as inputs, too", async () => {
  const graph = smallGraph();
  const input = [
    ...graph.input!,
    describe("tensor_1", [4, 3, 3, 3]),
    describe("tensor_2", [6, 4, 3, 3]),
  ];
  const file = foreignFile(11, { irVersion: 3, graph: smallGraph({ input }) });
  await assertHeads(file);
});

Deno.test("openOnnxBackbone() hands a vector on as the semantic vector and refuses to embed it", async () => {
  await assertHeads(foreignFile(13), { semantic: "pooled" });
  const { backbone } = await open(foreignFile(13));
  const { graph, maps } = await backbone.build({ height: 8, width: 8, layers: ["fine", "pooled"] });
  assert.throws(() => appendPatchHead(graph, { layers: maps }), {
    name: "TypeError",
    message: 'Cannot embed patches: layer "pooled" must be a feature map ' +
      "(n × channels × height × width), got 2 axes",
  });
});

Deno.test("openOnnxBackbone() finds layers inside a file that does not declare them", async () => {
  const output = [describe("logits", ["n", 20_000])];
  const file = foreignFile(13, { graph: smallGraph({ output }) });
  await assertHeads(file, { outputs: foreignFile(13) });
});

Deno.test("openOnnxBackbone() lists outputs from fine to coarse where it can tell", async () => {
  const list = async (output: NonNullable<ModelProto["graph"]>["output"]) =>
    (await open(foreignFile(13, { graph: smallGraph({ output: output! }) }))).backbone.layers;
  const coarse = describe("coarse", [1, 6, 4, 4]), fine = describe("fine", [1, 4, 8, 8]);
  const tokens = describe("tokens", ["n", 5, 6]),
    index = describe("i", ["n", 2], elementTypes.int64);
  const pooled = describe("pooled", ["n", 6]);
  assert.deepEqual(await list([pooled, coarse, tokens, index, fine]), ["fine", "coarse", "pooled"]);
  const free = describe("fine", ["n", 4, "h", "w"]);
  assert.deepEqual(await list([pooled, coarse, free]), ["pooled", "coarse", "fine"]);
  const { path } = await open(foreignFile(13));
  const options = { name: "mine", path, normalization };
  const chosen = await openOnnxBackbone({ ...options, outputs: ["coarse", "Conv_3"] });
  assert.deepEqual(chosen.layers, ["coarse", "Conv_3"]);
  await assert.rejects(
    openOnnxBackbone({ ...options, outputs: ["fin"] }),
    /got "fin", did you mean "fine"\?$/,
  );
});

Deno.test("openOnnxBackbone() keeps one image at a time where the file is fixed to it", async () => {
  const graph = smallGraph({ input: [describe("x", [1, 3, "h", "w"])] });
  await assertHeads(foreignFile(13, { graph }), { step: 1 });
  // Fixed by a shape inside: 6 × (5 · 4) values in one row, and back.
  const inside = smallGraph({
    node: [
      halve("x", "tensor_1", "Conv_3"),
      { opType: "Relu", input: ["Conv_3"], output: ["fine"] },
      halve("fine", "tensor_2", "made"),
      { opType: "Reshape", input: ["made", "shape"], output: ["coarse"] },
    ],
    initializer: [
      ...smallGraph().initializer!,
      { name: "shape", dims: [4], dataType: elementTypes.int64, int64Data: [1, 6, 4, 5] },
    ],
    output: smallGraph().output!.slice(0, 2),
  });
  await assertHeads(foreignFile(13, { graph: inside }), { step: 1 });
});

Deno.test("openOnnxBackbone() leaves out what the layers do not need", async () => {
  const { backbone } = await open(foreignFile(13));
  const { graph, maps } = await backbone.build({ height: 16, width: 16, layers: ["fine", "fine"] });
  assert.deepEqual(maps.map(({ channels, name }) => [name, channels]), [["fine", 4], ["fine", 4]]);
  graph.output("y", maps[0]!.value, { type: "float32", shape: ["n", 4, "h", "w"] });
  const { node, initializer, input, output } = decodeModel(graph.encode()).graph!;
  assert.deepEqual(node!.map(({ opType }) => opType), ["Conv", "Relu", "Identity"]);
  assert.deepEqual(initializer!.map(({ dims }) => dims), [[4, 3, 3, 3]]);
  assert.deepEqual([input!.length, output!.length], [1, 1]);
});

Deno.test("openOnnxBackbone() needs one input for the wanted layers, not for the whole file", async () => {
  const graph = smallGraph();
  const file = foreignFile(13, {
    graph: {
      ...graph,
      input: [...graph.input!, describe("scale", ["n"])],
      node: [...graph.node!, { opType: "Mul", input: ["coarse", "scale"], output: ["scaled"] }],
    },
  });
  const { backbone, path } = await open(file);
  const size = { height: 8, width: 8 };
  assert.equal((await backbone.build({ ...size, layers: ["coarse"] })).maps[0]!.channels, 6);
  await assert.rejects(backbone.build({ ...size, layers: ["scaled"] }), {
    name: "RangeError",
    message: `Cannot open "${path}": its layers must need one input, got "x", "scale"`,
  });
});

Deno.test("openOnnxBackbone() keeps branches that read values outside of themselves", async () => {
  // If the images' height is above 4: fine + 1, else fine − 1; "one" and "fine" are outer values.
  const branch = (opType: string, output: string) => ({
    name: opType,
    node: [{ opType, input: ["Conv_3", "one"], output: [output] }],
    output: [describe(output)],
  });
  const graph = smallGraph({
    node: [
      halve("x", "tensor_1", "Conv_3"),
      { opType: "Shape", input: ["x"], output: ["shape"] },
      { opType: "Gather", input: ["shape", "axis"], output: ["height"] },
      { opType: "Greater", input: ["height", "limit"], output: ["isHigh"] },
      {
        opType: "If",
        input: ["isHigh"],
        output: ["fine"],
        attribute: [
          { name: "then_branch", type: 5, g: branch("Add", "then") },
          { name: "else_branch", type: 5, g: branch("Sub", "else") },
        ],
      },
      halve("fine", "tensor_2", "coarse"),
      { opType: "Exp", input: ["coarse"], output: ["dead"] },
    ],
    initializer: [
      ...smallGraph().initializer!,
      { name: "one", dims: [], dataType: 1, floatData: [1] },
      { name: "axis", dims: [], dataType: 7, int64Data: [2] },
      { name: "limit", dims: [], dataType: 7, int64Data: [4] },
    ],
    output: smallGraph().output!.slice(0, 2),
  });
  for (const operatorSet of [11, 13, 18]) await assertHeads(foreignFile(operatorSet, { graph }));
  // What a branch makes for itself is not in the main graph.
  const { backbone } = await open(foreignFile(13, { graph }));
  await assert.rejects(backbone.build({ height: 8, width: 8, layers: ["then"] }), /got "then"/);
});

Deno.test("openOnnxBackbone() keeps the functions and other operator sets of a file", async () => {
  const graph = smallGraph();
  const functions = [{
    name: "Halfway",
    domain: "own",
    input: ["a"],
    output: ["b"],
    attribute: ["slope"],
    opsetImport: [{ domain: "", version: 17 }],
    node: [
      {
        opType: "LeakyRelu",
        input: ["a"],
        output: ["c"],
        attribute: [{ name: "alpha", type: 1, refAttrName: "slope" }],
      },
      { opType: "Add", input: ["a", "c"], output: ["b"] },
    ],
  }];
  const file = foreignFile(17, {
    opsetImport: [{ domain: "ai.onnx", version: 17 }, { domain: "own", version: 1 }],
    functions,
    metadataProps: [{ key: "task", value: "test" }],
    graph: {
      ...graph,
      node: graph.node!.map((node) =>
        node.output![0] !== "fine" ? node : {
          opType: "Halfway",
          domain: "own",
          input: ["Conv_3"],
          output: ["fine"],
          attribute: [{ name: "slope", type: 1, f: 0.25 }],
        }
      ),
    },
  });
  await assertHeads(file);
  const { backbone } = await open(file);
  const { graph: built, maps } = await backbone.build({ height: 8, width: 8, layers: ["fine"] });
  built.output("y", maps[0]!.value);
  const model = decodeModel(built.encode());
  assert.deepEqual(model.functions, decodeModel(file).functions);
  assert.deepEqual(model.metadataProps, [{ key: "task", value: "test" }]);
  assert.equal(model.opsetImport!.length, 2);
});

Deno.test("openOnnxBackbone() keeps integers that floats cannot hold", async () => {
  // Slice to the end of an axis, written as exporters write it: 2⁶³ − 1.
  const varint = Uint8Array.from([...Array(8).fill(255), 127]);
  const node = { opType: "Slice", input: ["x", "begin", "end", "axis"], output: ["fine"] };
  const int64 = (name: string, rawData: Uint8Array) => ({ name, dims: [1], dataType: 7, rawData });
  const file = encodeModel({
    irVersion: 8,
    opsetImport: [{ version: 13 }],
    graph: {
      name: "slice",
      node: [node],
      initializer: [
        int64("begin", new Uint8Array(8)),
        int64("axis", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0)),
      ],
      input: smallGraph().input!,
      output: [describe("fine", ["n", 3, "h", "w"])],
    },
  });
  // int64_data (field 7) of an initializer (field 5) of the graph (field 7), as bytes: our own
  // encoder takes numbers. dims [1], data_type 7, int64_data, name "end".
  const tensor = [8, 1, 16, 7, 58, 9, ...varint, 66, 3, ...new TextEncoder().encode("end")];
  const more = [58, tensor.length + 2, 42, tensor.length, ...tensor];
  const { backbone } = await open(Uint8Array.from([...file, ...more]));
  const images = drawImages(2, 6, 7);
  const { graph, maps } = await backbone.build({ ...images, layers: ["fine"] });
  graph.output("y", maps[0]!.value);
  const { y } = await runFile(graph.encode(), { images, input: "images" });
  assert.deepEqual(y, { dims: [2, 3, 6, 7], data: images.data });
});

Deno.test("openOnnxBackbone() has the file's SHA-256 as its fingerprint", async () => {
  const file = foreignFile(13);
  const { backbone } = await open(file);
  assert.equal(await backbone.fingerprint(), createHash("sha256").update(file).digest("hex"));
  assert.deepEqual([backbone.name, backbone.normalization], ["mine", normalization]);
});

Deno.test("openOnnxBackbone() says what is wrong with a layer", async () => {
  const graph = smallGraph();
  const output = Array.from({ length: 10 }, (_, i) => describe(`out${i}`));
  const node = [
    ...graph.node!,
    { opType: "Shape", input: ["fine"], output: ["sizes"] },
    { opType: "ArgMax", input: ["fine"], output: ["best"] },
    { opType: "Squeeze", input: ["images"], output: ["flat"] },
    { opType: "Relu", input: ["tensor_1"], output: ["fixed"] },
    { opType: "Reshape", input: ["fine", "tokenShape"], output: ["tokens"] },
    ...output.map(({ name }) => ({ opType: "Relu", input: ["fine"], output: [name!] })),
  ];
  const initializer = [
    ...graph.initializer!,
    { name: "tokenShape", dims: [3], dataType: 7, int64Data: [0, 0, -1] },
  ];
  const { backbone, path } = await open(
    foreignFile(13, { graph: { ...graph, node, initializer } }),
  );
  const build = (layer: string, from = backbone) =>
    from.build({ height: 8, width: 8, layers: [layer] });
  await assert.rejects(build("fin"), {
    name: "RangeError",
    message: `Cannot open "${path}": layers must be among its outputs "fine", "coarse", "pooled" ` +
      'or be values inside of it, got "fin", did you mean "fine"?',
  });
  await assert.rejects(build("imagse"), /did you mean "images"\?$/);
  // Constants and left-out inputs are no layers.
  for (const layer of ["tensor_1", "", "x"]) {
    await assert.rejects(build(layer), /^RangeError: .* got "(tensor_1|x|)"/);
  }
  const many = await open(foreignFile(13, { graph: { ...graph, node, output, initializer } }));
  await assert.rejects(build("conv5_block3_out", many.backbone), {
    message: `Cannot open "${many.path}": layers must be among its outputs "out0", "out1", ` +
      '"out2", "out3", "out4", "out5", "out6", "out7" and 2 more or be values inside of it, ' +
      'got "conv5_block3_out"',
  });
  await assert.rejects(build("best"), {
    name: "TypeError",
    message: `Cannot open "${path}": layer "best" must be float32, got int64`,
  });
  await assert.rejects(backbone.build({ height: 8, width: 8, layers: ["fine", "fixed"] }), {
    name: "RangeError",
    message: `Cannot open "${path}": layer "fixed" must depend on the images, got a constant`,
  });
  await assert.rejects(build("tokens"), {
    name: "TypeError",
    message: `Cannot open "${path}": layer "tokens" must be a feature map (n × channels × ` +
      "height × width) or a vector (n × values), got 3 axes, as the tokens of a transformer have",
  });
  await assert.rejects(build("sizes"), {
    name: "TypeError",
    message: `Cannot open "${path}": the first extent of layer "sizes" must be the number of ` +
      "images, got 4 for one image",
  });
});

Deno.test("openOnnxBackbone() says what is wrong with a file", async () => {
  const old = join(folder, "old.onnx"), none = join(folder, "none.onnx");
  await Deno.writeFile(old, foreignFile(9));
  await Deno.writeFile(none, foreignFile(9, { opsetImport: [{ domain: "own", version: 12 }] }));
  const openPath = (path: string) => openOnnxBackbone({ name: "mine", path, normalization });
  for (const [path, found] of [[old, "9"], [none, "none"]] as const) {
    await assert.rejects(openPath(path), {
      name: "RangeError",
      message: `Cannot open "${path}": its operator set must be 11 or later, got ${found}; ` +
        "export it again",
    });
  }
  await assert.rejects(openPath(folder), {
    message: `Cannot read "${folder}": it must be a file, got a folder`,
  });
  const missing = join(folder, "missing.onnx");
  await assert.rejects(openPath(missing), {
    message: `Cannot read "${missing}": the file must exist`,
  });
  const page = join(folder, "page.onnx");
  await Deno.writeTextFile(page, "<html>not found</html>");
  await assert.rejects(openPath(page), {
    name: "SyntaxError",
    message: `Cannot open "${page}": it must be an ONNX model, got 22 bytes of something else`,
  });
  const graph = smallGraph({ input: [describe("x", ["n", 3, 224, 224])] });
  const { backbone, path } = await open(foreignFile(13, { graph }));
  await assert.rejects(backbone.build({ height: 256, width: 256, layers: ["fine"] }), {
    name: "RangeError",
    message: `Cannot open "${path}": its input "x" must take 256×256 images, ` +
      "got a file that takes 224×224 alone",
  });
});

Deno.test("openEmbedder() runs a file of one's own, also where it takes one image at a time", async () => {
  const images = drawImages(3, 32, 32);
  const layers = ["fine", "coarse"];
  for (const [batch, step] of [["n", 3], [1, 1]] as const) {
    const file = foreignFile(13, {
      graph: smallGraph({ input: [describe("x", [batch, 3, 32, 32])] }),
    });
    const { path } = await open(file);
    const embedder = await openEmbedder({
      backbone: "onnx",
      backboneFile: path,
      normalization,
      layers,
      semanticLayer: "pooled",
      imageSize: 32,
      threads: 1,
      cacheFolder: folder,
    });
    const { count, grid, embeddings, semantics } = await embedder.embed(images);
    await embedder.close();
    assert.deepEqual([count, grid], [3, { rows: 16, columns: 16 }]);
    const expected = await runFile(file, { images, input: "x", step });
    assert.ok(relativeError(embeddings.data, embedPlainly(expected, { layers })) < 1e-5);
    assert.ok(relativeError(semantics.data, expected.pooled!.data) < 1e-5);
  }
});

testWithShared(
  "openOnnxBackbone() makes the plain embeddings of a MobileNetV2",
  "weights/mobilenet_v2.imagenet.onnx",
  async (path) => {
    const backbone = await openOnnxBackbone({ name: "mobilenet", path, normalization });
    assert.deepEqual(backbone.layers, ["s8", "s16", "s32", "logits_map"]);
    const images = drawImages(2, 256, 256);
    const options = { targetEmbedDimension: 64, layers: ["s8", "s16"] };
    const heads = await buildHeads(backbone, { ...options, semantic: "s32", size: images });
    const { embeddings, semantics } = await runFile(heads.file, { images, input: "images" });
    const expected = await runFile(await Deno.readFile(path), { images, input: "image" });
    assert.ok(relativeError(embeddings!.data, embedPlainly(expected, options)) < 1e-5);
    assert.ok(relativeError(semantics!.data, average(expected.s32!)) < 1e-5);
    const { node, initializer } = decodeModel(heads.file).graph!;
    assert.ok(!node!.some(({ output }) => output!.includes("backbone/logits_map")));
    // The classifier's weights are gone, too.
    assert.ok(initializer!.every(({ dims }) => dims?.[0] !== 1001));
  },
);

const options = { source: "net.onnx", height: 256, width: 192 };

function check(dims?: readonly (number | string)[], type?: number) {
  return checkImageInput([describe("x", dims, type)], options);
}

Deno.test("checkImageInput() accepts what fits, also where the file says little", () => {
  for (
    const dims of [
      undefined,
      ["n", 3, "h", "w"],
      ["n", "c", 256, "w"],
      ["n", 3, 256, 192],
      ["n", "c", "h", "w"],
      [-1, 3, -1, -1],
      [0, 3, 0, 0],
    ]
  ) {
    assert.deepEqual(check(dims), { input: "x" });
  }
  assert.deepEqual(checkImageInput([{ name: "x" }], options), { input: "x" });
  assert.deepEqual(check([1, 3, "h", "w"]), { input: "x", batch: 1 });
  // Three columns are not a sign of channels last where the channels stand first.
  const narrow = checkImageInput([describe("x", ["n", 3, 8, 3])], {
    ...options,
    height: 8,
    width: 3,
  });
  assert.deepEqual(narrow, { input: "x" });
});

Deno.test("checkImageInput() refuses another type, other axes, another size or number", () => {
  const refuse = (work: () => unknown, name: string, rest: string): void =>
    assert.throws(work, { name, message: `Cannot open "net.onnx": its ${rest}` });
  const axes = ["n", 3, "h", "w"] as const;
  refuse(
    () => check(axes, elementTypes.float16),
    "TypeError",
    'input "x" must be float32, got float16; export it again as float32',
  );
  refuse(
    () => check(axes, 16),
    "TypeError",
    'input "x" must be float32, got type 16; export it again as float32',
  );
  refuse(
    () => check(["n", 768]),
    "TypeError",
    'input "x" must have 4 axes (n × 3 × height × width), got 2',
  );
  refuse(() => check(["n", 1, "h", "w"]), "TypeError", 'input "x" must have 3 channels, got 1');
  refuse(
    () => check(["n", 256, 192, 3]),
    "TypeError",
    'input "x" must be n × 3 × height × width, got channels last; export it with channels first',
  );
  refuse(
    () => check(["n", 3, 224, 224]),
    "RangeError",
    'input "x" must take 256×192 images, got a file that takes 224×224 alone',
  );
  refuse(
    () => check(["n", 3, "h", 224]),
    "RangeError",
    'input "x" must take 256×192 images, got a file that takes any×224 alone',
  );
  refuse(
    () => check([8, 3, "h", "w"]),
    "RangeError",
    'input "x" must take one image at a time or any number, got 8 at a time',
  );
  refuse(
    () => checkImageInput([describe("x"), describe("mask")], options),
    "RangeError",
    'layers must need one input, got "x", "mask"',
  );
  refuse(() => checkImageInput([], options), "RangeError", "layers must need one input, got none");
});
