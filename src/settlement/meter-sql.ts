// Whole fen throughout, so that SQL and the rules agree: a numerator (fen × rate·10⁶ × days) rounded half up by
// 360·10⁶; net of VAT by 10⁶ + rate·10⁶. Each loan runs one meter a day; only that one is read.
/** The fen of a numerator. */
export const FEN = (numerator: string): string => `div(2 * (${numerator}) + 360000000, 720000000)`;
/** The principal of a loan that was put to another use, in fen. */
export const MISUSED = 'least(misused, principal) * 100';
/** By how much, in 10⁻⁶ a year, the rate of another use exceeds the one that runs; the heavier counts, never both. */
export const SURCHARGE = `greatest(round(misuse_rate * 1000000)
  - case accruing when 'penalty' then round(penalty_rate * 1000000) else round(rate * 1000000) end, 0)`;
/** The tax inside a sum of fen, of loans that show `vat` as 10⁶ + rate·10⁶. */
export const TAX = (gross: string): string =>
  `case vat when 1000000 then 0 else (${gross}) - div(2 * (${gross}) * 1000000 + vat, 2 * vat) end`;
/** Discount earned after so many days of a `term`, both ends as the rules count them. */
export const EARNED = (elapsed: string): string =>
  `case when ${elapsed} >= term then discount else div(2 * discount * greatest(${elapsed}, 0) + term, 2 * term) end`;
