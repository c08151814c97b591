// Whole fen throughout, so that SQL and the rules agree: a numerator (fen × rate·10⁶ × days) rounded half up by
// 360·10⁶; net of VAT by 10⁶ + rate·10⁶. Each loan runs one meter a day; only that one is read.
/** The fen of a numerator. */
export const FEN = (numerator: string): string => `div(2 * (${numerator}) + 360000000, 720000000)`;
/** The tax inside a sum of fen, of loans that show `vat` as 10⁶ + rate·10⁶. */
export const TAX = (gross: string): string =>
  `case vat when 1000000 then 0 else (${gross}) - div(2 * (${gross}) * 1000000 + vat, 2 * vat) end`;
/** Discount earned after so many days of a `term`, both ends as the rules count them. */
export const EARNED = (elapsed: string): string =>
  `case when ${elapsed} >= term then discount else div(2 * discount * greatest(${elapsed}, 0) + term, 2 * term) end`;
