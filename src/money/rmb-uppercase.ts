import type { Decimal } from './decimal.ts';
import { formatMoney } from './decimal.ts';

const DIGITS = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'] as const;
const PLACES = ['仟', '佰', '拾', ''] as const;
const GROUPS = ['', '万', '亿', '万亿'] as const;

/** Four digits in capitals, leading zeros left out, inner zeros as one 零. */
function groupText(group: string): string {
  let text = '';
  let zeroPending = false;
  [...group].forEach((digit, place) => {
    if (digit === '0') zeroPending = text !== '';
    else {
      text += `${zeroPending ? '零' : ''}${DIGITS[Number(digit)]}${PLACES[place]}`;
      zeroPending = false;
    }
  });
  return text;
}

function yuanText(integer: string): string {
  const padded = integer.padStart(Math.ceil(integer.length / 4) * 4, '0');
  const groups = padded.match(/\d{4}/g) ?? [];
  let text = '';
  let groupSkipped = false;
  groups.forEach((group, index) => {
    const part = groupText(group);
    if (part === '') {
      groupSkipped = text !== '';
      return;
    }
    const needsZero = text !== '' && (group.startsWith('0') || groupSkipped);
    text += `${needsZero ? '零' : ''}${part}${GROUPS[groups.length - 1 - index]}`;
    groupSkipped = false;
  });
  return text;
}

/**
 * An amount of yuan in capital numerals as on bills and vouchers (正确填写票据和结算凭证的基本规定): 整 after whole
 * yuan only, 零 between 元 and 角 when the yuan digit is zero, nothing for a missing yuan part below one.
 */
export function uppercaseRmb(amount: Decimal): string {
  const [integer, cents] = formatMoney(amount).split('.') as [string, string];
  const [jiao, fen] = [Number(cents[0]), Number(cents[1])];
  const yuan = yuanText(integer);
  if (jiao === 0 && fen === 0) return `人民币${yuan || '零'}元整`;
  const zero = yuan !== '' && (jiao === 0 || integer.endsWith('0')) ? '零' : '';
  const small = `${jiao ? `${DIGITS[jiao]}角` : ''}${fen ? `${DIGITS[fen]}分` : ''}`;
  return `人民币${yuan === '' ? '' : `${yuan}元`}${zero}${small}`;
}
