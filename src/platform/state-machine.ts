import { Refusal } from './refusal.ts';

type Arrows<S extends string> = { readonly [State in S]: { readonly [event: string]: S } };

/** A lifecycle as data: each state, what may happen in it, and where that leads. */
export type Lifecycle<S extends string = string, E extends string = string> = Readonly<{
  name: string;
  states: readonly S[];
  arrows: { readonly [State in S]: { readonly [Event in E]?: S } };
}>;

type EventsOf<M> = { [S in keyof M]: keyof M[S] }[keyof M] & string;

/** Checks at compile time that every arrow ends in a state the table defines. */
export const defineLifecycle = <const M extends Arrows<keyof M & string>>(
  name: string,
  arrows: M,
): Lifecycle<keyof M & string, EventsOf<M>> => ({
  name,
  states: Object.keys(arrows) as (keyof M & string)[],
  arrows: arrows as never,
});

export type StateOf<L> = L extends Lifecycle<infer S, string> ? S : never;
export type EventOf<L> = L extends Lifecycle<string, infer E> ? E : never;

/** What may happen in a state. */
const eventsIn = <S extends string, E extends string>(lifecycle: Lifecycle<S, E>, state: S): E[] =>
  Object.keys(lifecycle.arrows[state]) as E[];

/** The state an event leads to, or the refusal `illegal-transition` that names the events allowed. */
export function nextState<S extends string, E extends string>(lifecycle: Lifecycle<S, E>, state: S, event: E): S {
  const to = lifecycle.arrows[state][event];
  if (to !== undefined) return to;
  const allowed = eventsIn(lifecycle, state);
  throw new Refusal('illegal-transition', `${event} is not possible for a ${lifecycle.name} that is ${state}`, {
    state,
    allowed,
    accepted: allowed.length > 0 ? `one of ${allowed.join(', ')}` : 'nothing: this state is final',
  });
}

/** The lifecycle as a Mermaid state diagram. */
export const diagram = (lifecycle: Lifecycle): string =>
  [
    'stateDiagram-v2',
    ...lifecycle.states.flatMap((from) =>
      Object.entries(lifecycle.arrows[from] as Record<string, string>).map(
        ([event, to]) => `  ${from} --> ${to}: ${event}`,
      ),
    ),
  ].join('\n');
