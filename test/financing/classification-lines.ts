import type { ClassificationLines } from '../../src/financing/loan-rules.ts';
import { Decimal } from '../../src/money/decimal.ts';

/** Lines of 商业银行金融资产风险分类办法 (银保监会 人民银行令〔2023〕1号): "over" excludes the line, "from" includes it. */
export const classificationLines: ClassificationLines = {
  slipDays: 7,
  substandardOverDays: 90,
  doubtfulOverDays: 270,
  lossOverDays: 360,
  doubtfulFromLossShare: new Decimal('0.5'),
  lossFromLossShare: new Decimal('0.9'),
  substandardOverShareAtAllBanks: new Decimal('0.2'),
};
