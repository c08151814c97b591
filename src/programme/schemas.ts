import { Type } from '@fastify/type-provider-typebox';
import { component, Day, Id, Instant, Name, Note, nullable, object, oneOf, Version } from '../platform/http/schemas.ts';
import { programmeLifecycle, versionLifecycle } from './rules.ts';
import { Terms } from './terms.ts';

const VersionNumber = Type.Integer({ minimum: 1, description: 'Number of a version of the terms.', examples: [1] });

export const ProgrammeStatus = oneOf(programmeLifecycle.states);
export const VersionStatus = oneOf(versionLifecycle.states);

export const Programme = component(
  'Programme',
  object({
    id: Id,
    bookId: Id,
    chainId: Id,
    coreId: Id,
    name: Name,
    status: ProgrammeStatus,
    currentVersion: nullable(VersionNumber),
    approvalId: nullable(Id),
    version: Version,
    createdAt: Instant,
  }),
);

export const ProgrammeVersion = component(
  'ProgrammeVersion',
  object({
    id: Id,
    programmeId: Id,
    bookId: Id,
    chainId: Id,
    number: VersionNumber,
    effectiveFrom: Day,
    terms: Terms,
    status: VersionStatus,
    makerPersonId: Id,
    authorPersonIds: Type.Array(Id, { description: 'Everyone who ever wrote it; none of them decides on it.' }),
    checkerPersonId: nullable(Id),
    reason: nullable(Type.String()),
    approvalId: nullable(Id),
    version: Version,
    createdAt: Instant,
  }),
);

export const NewProgrammeBody = object({ chainId: Id, name: Name });
export const NewVersionBody = object({ effectiveFrom: Day, terms: Terms });
export const VersionChangeBody = object(
  { effectiveFrom: Type.Optional(Day), terms: Type.Optional(Terms) },
  { minProperties: 1 },
);
export const InProgramme = object({ programmeId: Id });
export const InVersion = object({ versionId: Id });
export const Reason = object({ reason: Note });
export const MaybeReason = object({ reason: Type.Optional(Note) });
