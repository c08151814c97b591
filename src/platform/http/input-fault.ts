import { Refusal } from '../refusal.ts';
import { resolved } from './component.ts';

/** An error of the schema compiler, with the schema it arose from. */
export type InputFault = Readonly<{
  keyword: string;
  instancePath: string;
  params: Readonly<Record<string, unknown>>;
  message?: string;
  parentSchema?: Readonly<Record<string, unknown>>;
}>;

const places: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

/** Names the field at fault and what it accepts, in words; never what was sent, which may be secret. */
export function refusalOfInput(faults: readonly InputFault[], context = 'body'): Refusal {
  const fault = mostTelling(faults);
  const place = places[context] ?? context;
  const field = fieldOf(fault);
  const name = field === '' ? `the ${place}` : `${field} in the ${place}`;
  return new Refusal('invalid-input', `${name} ${complaint(fault)}`, { field, in: place, accepted: acceptedBy(fault) });
}

/** Of the faults of alternatives, the one that got furthest into the input; a missing null says nothing. */
function mostTelling(faults: readonly InputFault[]): InputFault {
  const depth = ({ instancePath }: InputFault) => instancePath.split('/').length;
  const telling = faults.filter(({ keyword, params }) => keyword !== 'anyOf' && params.type !== 'null');
  return (
    telling.reduce<InputFault | undefined>(
      (best, fault) => (best !== undefined && depth(best) >= depth(fault) ? best : fault),
      undefined,
    ) ?? (faults[0] as InputFault)
  );
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

function fieldOf({ keyword, instancePath, params }: InputFault): string {
  if (keyword === 'required') return `${instancePath}/${escaped(String(params.missingProperty))}`;
  if (keyword === 'additionalProperties') return `${instancePath}/${escaped(String(params.additionalProperty))}`;
  return instancePath;
}

function complaint({ keyword, params, message }: InputFault): string {
  if (keyword === 'required') return 'is missing';
  if (keyword === 'additionalProperties') return 'is not known here';
  if (keyword === 'pattern' || keyword === 'format') return 'does not have the accepted form';
  if (keyword === 'type') return `is not ${kinds[String(params.type)] ?? 'of the accepted type'}`;
  return message ?? 'is not accepted';
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function acceptedBy({ keyword, params, parentSchema = {} }: InputFault): string {
  const properties = (parentSchema.properties ?? {}) as Record<string, Record<string, unknown>>;
  if (keyword === 'additionalProperties') return `only ${Object.keys(properties).join(', ') || 'nothing'}`;
  if (keyword === 'required') return inWords(properties[String(params.missingProperty)] ?? {});
  return inWords(parentSchema);
}

/** What a schema accepts: its list of words, its description when that tells the form of a text, or its limits. */
function inWords(schema: Readonly<Record<string, unknown>>): string {
  const target = resolved(schema as never) as Record<string, unknown>;
  const { enum: words, description, type, minimum, maximum, minLength, maxLength, minItems, maxItems } = target;
  if (Array.isArray(words)) return `one of ${words.join(', ')}`;
  if (type === 'string' && typeof description === 'string') return description;
  const limits = [
    minimum !== undefined && `from ${minimum}`,
    maximum !== undefined && `up to ${maximum}`,
    minLength !== undefined && `of at least ${minLength} characters`,
    maxLength !== undefined && `of at most ${maxLength} characters`,
    minItems !== undefined && `of at least ${minItems} items`,
    maxItems !== undefined && `of at most ${maxItems} items`,
  ].filter(Boolean);
  return [kinds[String(type)] ?? 'a value of the documented form', ...limits].join(' ');
}
