import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** Prints every import against the directions of .dependency-cruiser.cjs; one, or too few modules read, is a failure. */
const FEWEST_MODULES = 50;
const { output } = await cruise(['src', 'db'], await extractDepcruiseOptions('./.dependency-cruiser.cjs'), undefined, {
  tsConfig: extractTSConfig('tsconfig.json'),
});
const { violations, totalCruised, totalDependenciesCruised } = (output as ICruiseResult).summary;
for (const { rule, from, to, cycle } of violations) {
  console.log(`${from} → ${cycle?.map(({ name }) => name).join(' → ') ?? to}: against "${rule.name}"`);
}
// With a compiler it does not know, dependency-cruiser reads no module and finds nothing wrong.
if (totalCruised < FEWEST_MODULES) console.log(`only ${totalCruised} modules were read`);
console.log(`${violations.length} violations in ${totalCruised} modules, ${totalDependenciesCruised} imports`);
if (violations.length > 0 || totalCruised < FEWEST_MODULES) process.exitCode = 1;
