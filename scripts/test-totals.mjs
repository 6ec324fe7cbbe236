// Prints what vitest counted, from its JSON report, as one plain line: node scripts/test-totals.mjs REPORT.json
import { readFileSync } from 'node:fs';

const text = readFileSync(process.argv[2], 'utf8');
if (text) {
  const report = JSON.parse(text);
  // a file that could not even be imported has no tests, and is a failure all the same
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const skipped = report.numPendingTests + report.numTodoTests;
  console.log(
    `${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed${skipped ? `, ${skipped} skipped` : ''}`,
  );
} else {
  console.error('spikelab: the tests did not run to their end');
}
