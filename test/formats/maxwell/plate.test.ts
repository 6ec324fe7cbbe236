/** A plate of several wells. */
import { testCases } from '../../support/cases.js';

testCases('maxwell');
