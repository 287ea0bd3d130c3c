import assert from "node:assert/strict";
import { COLORS, GROUP_COLORS, HUES, MODEL_COLORS } from "@/charts/theme.ts";
import { KIND_SCALE } from "@/charts/scores.ts";
import { thresholdEncoding } from "@/charts/threshold_marks.ts";

type Triple = readonly [number, number, number];

/** Full severity, on linear RGB: Machado, Oliveira and Fernandes (2009), table of the supplement. */
const eyes: Readonly<Record<string, readonly Triple[]>> = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(matrix: readonly Triple[], [a, b, c]: Triple): Triple {
  const [x, y, z] = matrix.map((row) => row[0] * a + row[1] * b + row[2] * c);
  return [x!, y!, z!];
}

/** CIELAB (D65) of a colour as an eye sees it. */
function labOf(hex: string, eye: readonly Triple[]): Triple {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const [sr, sg, sb] = times(eye, [r!, g!, b!]).map((value) => Math.min(1, Math.max(0, value)));
  const xyz = times([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.072175],
    [0.0193339, 0.119192, 0.9503041],
  ], [sr!, sg!, sb!]);
  const white = [0.95047, 1, 1.08883];
  const [x, y, z] = xyz.map((value, i) => {
    const t = value / white[i]!;
    return t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116;
  });
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
}

const degrees = (angle: number): number => (angle * 180 / Math.PI + 360) % 360;
const cosine = (angle: number): number => Math.cos(angle * Math.PI / 180);
const sine = (angle: number): number => Math.sin(angle * Math.PI / 180);

/** CIEDE2000, as Sharma, Wu and Dalal (2005) write it down. */
function ciede2000([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7)));
  const [p1, p2] = [(1 + g) * a1, (1 + g) * a2];
  const [c1, c2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
  const [h1, h2] = [degrees(Math.atan2(b1, p1)), degrees(Math.atan2(b2, p2))];
  const isGrey = c1 * c2 === 0, apart = Math.abs(h1 - h2);
  const turn = isGrey ? 0 : apart <= 180 ? h2 - h1 : h2 > h1 ? h2 - h1 - 360 : h2 - h1 + 360;
  const sum = h1 + h2;
  const h = isGrey ? sum : apart <= 180 ? sum / 2 : sum < 360 ? sum / 2 + 180 : sum / 2 - 180;
  const l = (l1 + l2) / 2, c = (c1 + c2) / 2;
  const t = 1 - 0.17 * cosine(h - 30) + 0.24 * cosine(2 * h) + 0.32 * cosine(3 * h + 6) -
    0.2 * cosine(4 * h - 63);
  const dl = (l2 - l1) / (1 + 0.015 * (l - 50) ** 2 / Math.sqrt(20 + (l - 50) ** 2));
  const dc = (c2 - c1) / (1 + 0.045 * c);
  const dh = 2 * Math.sqrt(c1 * c2) * sine(turn / 2) / (1 + 0.015 * c * t);
  const rotation = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) *
    sine(60 * Math.exp(-(((h - 275) / 25) ** 2)));
  return Math.sqrt(dl ** 2 + dc ** 2 + dh ** 2 + rotation * dc * dh);
}

/** The two colours that are nearest to each other, for any eye. */
function nearestPair(colors: readonly string[]): { distance: number; pair: string } {
  let nearest = { distance: Infinity, pair: "" };
  for (const [eye, matrix] of Object.entries(eyes)) {
    const labs = colors.map((color) => labOf(color, matrix));
    for (const [i, j] of labs.flatMap((_, i) => labs.slice(0, i).map((_, j) => [i, j] as const))) {
      const distance = ciede2000(labs[i]!, labs[j]!);
      if (distance < nearest.distance) {
        nearest = { distance, pair: `${colors[j]} and ${colors[i]}, ${eye}` };
      }
    }
  }
  return nearest;
}

Deno.test("ciede2000() gives what the table of Sharma, Wu and Dalal says", () => {
  // Pairs 1, 7, 13, 17 and 25 of the 34.
  const pairs: [Triple, Triple, number][] = [
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, -0.001, 2.49], [50, 0.0011, -2.49], 4.7461],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
  ];
  for (const [first, second, expected] of pairs) {
    assert.equal(ciede2000(first, second).toFixed(4), expected.toFixed(4));
    assert.equal(ciede2000(second, first).toFixed(4), expected.toFixed(4));
  }
});

Deno.test("group colours, ink and faint grey are 15 apart for every eye, each from each", () => {
  const { distance, pair } = nearestPair([...GROUP_COLORS, COLORS.ink, COLORS.faint]);
  assert.ok(distance >= 15, `${pair}: ${distance.toFixed(1)}`);
});

Deno.test("colours of before would not pass: olive yellow beside orange, pink beside teal", () => {
  assert.ok(nearestPair(["#E69F00", "#B8A900"]).distance < 7);
  assert.ok(nearestPair(["#CC79A7", "#44AA99"]).distance < 7);
});

Deno.test("every colour that tells something apart is one of those that are measured", () => {
  const measured = new Set<string>([...GROUP_COLORS, COLORS.ink, COLORS.faint]);
  const records = (["class-specific", "per group", "global"] as const)
    .map((scope) => ({ class: "nut", scope, threshold: 1, width: 1 }));
  const { color } = thresholdEncoding(records) as { color: { scale: { range: string[] } } };
  const used = [
    ...Object.values(HUES),
    ...MODEL_COLORS,
    ...KIND_SCALE.range,
    COLORS.emphasis,
    ...color.scale.range,
  ];
  for (const each of used) assert.ok(measured.has(each), each);
  assert.equal(new Set(color.scale.range).size, 3);
});
