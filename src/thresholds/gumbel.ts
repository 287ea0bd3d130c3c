/**
 * The prediction limit of Gumbel values: what one more of them exceeds with a given probability,
 * judged by the mean and the deviation of a few.
 *
 * A score that is the largest of many patch distances tends to a Fréchet distribution, and the
 * logarithm of such a score is Gumbel. The limit `mean + c · deviation` is then exact for every n,
 * since (Y − mean) ÷ deviation has a distribution without parameters.
 *
 * @module
 */
import { max, mean, median, min, sampleStandardDeviation } from "simple-statistics";

/** Sample sizes of the table's rows. */
const sizes = [2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 1000];

/** Exceeding shares of the table's columns. */
const shares = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

/**
 * c(n, α), the 1 − α quantile of (Y − mean) ÷ deviation for a new Gumbel value Y.
 *
 * Monte Carlo by NumPy 2 (default_rng(0)): 20,000 samples a row, 2,000 for n = 1000; for each
 * sample the share of new values beyond mean + c · deviation is exact, and c is found by bisection
 * on the average of these shares. Off by about 1 %; `tests/thresholds/gumbel_test.ts` draws anew.
 */
// deno-fmt-ignore
const factors = [
  [481.5827164369481, 98.35132927467282, 50.653438941844314, 25.809955921831012, 10.257437697181317, 4.893912117230833, 2.028469120744486],
  [38.17911873299829, 16.15448754591852, 11.310985240270217, 7.806057629237751, 4.5207047131262925, 2.7362757991945674, 1.3536527667221705],
  [17.831292036167632, 9.858820629281219, 7.472025286156102, 5.5369254727501005, 3.4971323054073595, 2.240554082251082, 1.1572708497978512],
  [12.658920470504867, 7.696299841259851, 6.060888608029257, 4.647558030273132, 3.049499025536587, 2.0006376637132632, 1.052597963840939],
  [10.090857321139506, 6.582411546538912, 5.312930995296723, 4.162670675564424, 2.798957665613318, 1.8657096812551295, 0.9945264653700208],
  [8.505420864731636, 5.7441175991501225, 4.701995587291146, 3.734123845130383, 2.553163854885498, 1.7211051583258108, 0.924535043358568],
  [7.459972845574503, 5.192197193754511, 4.299630158852517, 3.4519151714916347, 2.3920280656835136, 1.6274192275550767, 0.8805692763528763],
  [6.5395520197557975, 4.650659905755388, 3.88634771226677, 3.1482500925516215, 2.2071356466001655, 1.514075250724535, 0.8236918100344144],
  [6.108104191959063, 4.399627580812217, 3.6955497853190096, 3.0087488910431635, 2.123017115772659, 1.4631339815909121, 0.7987151711086524],
  [5.719624515024448, 4.162321568234235, 3.51168573480252, 2.87167909201771, 2.037971514182999, 1.4101730840960927, 0.7715386585294262],
  [5.409367171771558, 3.972466496363155, 3.3649304785985983, 2.7628677555849954, 1.9715058719751135, 1.3698195589207711, 0.7520154438866637],
  [5.172374697703653, 3.8253146717754722, 3.25017567412415, 2.676793763145386, 1.917707506591117, 1.336159791392205, 0.7346870658330762],
  [4.956654553813424, 3.691639182512996, 3.1461643450325463, 2.599074054730207, 1.869595471069041, 1.306509279309628, 0.7199539599242146],
];

/** The smallest score that counts, beside the median: less is a copy of another image. */
const leastOfMedian = 1e-3;

/**
 * Finds how many deviations above the mean of n Gumbel values lies what a new one exceeds with
 * probability `alpha`.
 *
 * Between the table's entries, ln(c + 3) is linear in 1 ÷ n and in ln(alpha); beyond them it stays
 * as it is, so that shares below 0.001 get the limit of 0.001.
 */
export function gumbelFactor(count: number, alpha: number): number {
  const inverse = sizes.map((size) => 1 / size).reverse();
  const row = shares.map((_, column) =>
    interpolate(1 / count, inverse, factors.map((each) => Math.log(each[column]! + 3)).reverse())
  );
  return Math.exp(interpolate(Math.log(alpha), shares.map(Math.log), row)) - 3;
}

/**
 * Finds what a new score exceeds with probability `alpha` if logarithms of scores are Gumbel:
 * exp(mean + c · sample deviation) of at least two logarithms.
 *
 * A score below a thousandth of the median counts as that: it belongs to a near-copy of another
 * image and says nothing about high scores, while its logarithm would dwarf all others. Where
 * scores are negative, which those of another model may be, the scores themselves are taken to be
 * Gumbel. Equal scores are their own limit.
 */
export function predictionLimit(scores: readonly number[], alpha: number): number {
  const smallest = min([...scores]), largest = max([...scores]);
  if (smallest === largest) return largest;
  const factor = gumbelFactor(scores.length, alpha);
  const limitOf = (values: number[]): number =>
    mean(values) + factor * sampleStandardDeviation(values);
  if (smallest < 0) return limitOf([...scores]);
  const floor = scoreFloor(scores);
  return Math.exp(limitOf(scores.map((score) => Math.log(Math.max(score, floor)))));
}

/**
 * What a score below counts as before its logarithm is taken: a thousandth of the median, or the
 * smallest score above zero where the median is zero; none of the scores may be negative, and one
 * must be positive.
 */
export function scoreFloor(scores: readonly number[]): number {
  return leastOfMedian * median([...scores]) || min(scores.filter((score) => score > 0));
}

/** Linear between ascending points, constant beyond them. */
function interpolate(at: number, points: readonly number[], values: readonly number[]): number {
  const next = points.findIndex((point) => point >= at);
  if (next === 0) return values[0]!;
  if (next === -1) return values.at(-1)!;
  const before = points[next - 1]!;
  const share = (at - before) / (points[next]! - before);
  return values[next - 1]! + share * (values[next]! - values[next - 1]!);
}
