import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { auditPixels, auditScores, readScoreTable } from "@/audit/mod.ts";
import { exists, run } from "../tools/setup_system.ts";
import { makeFolder } from "./helpers/folder.ts";

const root = join(import.meta.dirname!, "..");
const fixtures = join(import.meta.dirname!, "fixtures", "python");

/** A snippet of Python and the heading that it stands under. */
interface Snippet {
  readonly heading: string;
  readonly code: string;
}

/** What a snippet finds, and where it leaves its table. */
interface Trial {
  /** Python that comes before the snippet and gives it what its reader has. */
  readonly before: string;
  /** The table; default "scores.csv". */
  readonly table?: string;
  /** Whether it writes maps; default true. */
  readonly hasMaps?: boolean;
  /** Whether it names masks; default false. */
  readonly hasMasks?: boolean;
}

/** Two normal images and two with a defect, which score higher, as every trial has them. */
const images = `
import numpy as np, pandas as pd
images = [f"/data/bolt/test/{folder}/{i}.png" for folder in ["good", "bent"] for i in range(2)]
labels, scores = [0, 0, 1, 1], [0.125, 0.25, 0.5, 1.0]
low, high = np.array([[0.25, 0], [0, 0]]), np.array([[0, 0], [0, 1.0]])
maps = [low, low, high, high]
`;
const frame = (classes: string, labelType: string): string =>
  `${images}
frame = pd.DataFrame({"image": images, "class": ${classes}, "label": labels, "score": scores})
frame["label"] = frame["label"].astype("${labelType}")
`;

const trials: Readonly<Record<string, Trial>> = {
  "anomalib": {
    before:
      "from anomalib.engine import Engine\nengine, model, datamodule = Engine(), None, None\n",
    hasMasks: true,
  },
  "ADEval": {
    before: `${images}
import pickle
results = {
    image: (values.astype(np.float32), np.float64(score), "mask.png" if label else None)
    for image, label, score, values in zip(images, labels, scores, maps)
}
with open("anomap.pkl", "wb") as file:
    pickle.dump(results, file)
del results
`,
    hasMasks: true,
  },
  "NumPy arrays": {
    before: `${images}
np.savez("results.npz", images=images, classes=["bolt"] * 4, labels=np.array(labels, np.int8),
         scores=np.array(scores, np.float32), maps=np.array(maps, np.float16))
`,
  },
  // A column that had a gap is one of floats.
  "A pandas DataFrame, as CSV": { before: frame('"bolt"', "float64") },
  "A pandas DataFrame, as Parquet": {
    before: frame('pd.Categorical(["bolt"] * 4)', "int64"),
    table: "scores.parquet",
  },
  "A file that pandas reads": {
    before: `${frame('"bolt"', "bool")}frame.to_feather("scores.feather")\ndel frame\n`,
    hasMaps: false,
  },
  "Decimal commas": {
    before: `${frame('"bolt"', "int64")}
frame.to_csv("excel.csv", sep=";", decimal=",", index=False)
assert "0,125" in open("excel.csv").read()
del frame
`,
    hasMaps: false,
  },
};

const snippets = readSnippets(await Deno.readTextFile(join(root, "docs", "from_python.md")));

Deno.test("docs/from_python.md has the snippets that are tried here, of ten lines at most", () => {
  assert.deepEqual(snippets.map(({ heading }) => heading), Object.keys(trials));
  for (const { heading, code } of snippets) {
    assert.ok(code.trimEnd().split("\n").length <= 10, heading);
  }
});

for (const { heading, code } of snippets) {
  Deno.test(`docs/from_python.md: the snippet under "${heading}" writes a table to audit`, async () => {
    const python = await findPython();
    if (python === null) return;
    const { before, table: file = "scores.csv", hasMaps = true, hasMasks = false } =
      trials[heading]!;
    const folder = makeFolder();
    const mask = new Uint8Array([0, 0, 0, 255]);
    await sharp(mask, { raw: { width: 2, height: 2, channels: 1 } })
      .png().toFile(join(folder, "mask.png"));
    const { success, output } = await run([python, "-c", `${before}\n${code}`], {
      cwd: folder,
      env: { PYTHONPATH: fixtures, PYTHONDONTWRITEBYTECODE: "1" },
      seconds: 120,
    });
    assert.ok(success, output);
    const table = await readScoreTable(join(folder, file));
    assert.deepEqual(table, {
      name: file,
      rows: [0.125, 0.25, 0.5, 1].map((score, i) => ({
        image: `/data/bolt/test/${i < 2 ? "good" : "bent"}/${i % 2}.png`,
        className: "bolt",
        isAnomalous: i >= 2,
        score,
        split: "test",
        group: null,
        map: hasMaps ? join(folder, "maps", `${i}.npy`) : null,
        mask: hasMasks && i >= 2 ? join(folder, "mask.png") : null,
      })),
      ignoredColumns: [],
    });
    const { evaluated } = auditScores(table, {
      rule: { name: "max" },
      tolerances: { r1MeanPoints: 1, r1WorstPoints: 3, r2Points: 1 },
    });
    assert.equal(evaluated[0]!.evaluation.classes.bolt?.image_auroc, 1);
    if (hasMasks) {
      // 1 at the two pixels that the masks mark, less at the other fourteen.
      const { bolt } = await auditPixels(table, { fprLimit: 0.3 });
      assert.equal(bolt!.pixel_auroc, 1);
      assert.equal(bolt!.pixel_f1_max, 1);
    }
  });
}

/** Takes the blocks of Python out of a text in Markdown. */
function readSnippets(text: string): Snippet[] {
  return text.split(/^## /m).slice(1).flatMap((section) => {
    const heading = section.slice(0, section.indexOf("\n"));
    return [...section.matchAll(/^```python\n([\s\S]*?)^```$/gm)]
      .map((match) => ({ heading, code: match[1]! }));
  });
}

let found: Promise<string | null> | undefined;

/** Python with pandas, in an environment that is made once; `null` where there can be none. */
function findPython(): Promise<string | null> {
  found ??= makeEnvironment().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    Deno.stderr.writeSync(
      new TextEncoder().encode(`SKIPPED snippets of docs/from_python.md: ${reason}\n`),
    );
    return null;
  });
  return found;
}

async function makeEnvironment(): Promise<string> {
  const venv = join(root, ".cache", "from-python");
  const program = join(venv, Deno.build.os === "windows" ? "Scripts/python.exe" : "bin/python");
  const requirements = join(fixtures, "requirements.txt"), installed = join(venv, "installed.txt");
  const wanted = await Deno.readTextFile(requirements);
  const isMade = await exists(installed) && await exists(program);
  if (isMade && await Deno.readTextFile(installed) === wanted) return program;
  const pip = ["-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check"];
  const once = ["--retries", "1", "--no-deps", "-r", requirements];
  for (const command of [["python3", "-m", "venv", "--clear", venv], [program, ...pip, ...once]]) {
    const { success, output } = await run(command, { seconds: 300 });
    if (!success) throw new Error(output.trim().split("\n").at(-1));
  }
  await Deno.writeTextFile(installed, wanted);
  return program;
}
