/** What a network makes of rows before its last layer: features that were learned for its label. */
import type { Table } from '#table/index.ts';
import { hiddenUnits } from './forward.ts';
import { encode } from './inputs.ts';
import type { NetworkModel } from './network.ts';

/** Units of the last hidden layer of each member, member by member. */
export const hiddenWidth = ({ net }: NetworkModel): number => net.members * net.last.inputs;

/**
 * [rows x hiddenWidth], each 0 or more.
 *
 * @throws FEATURE_MISSING, FEATURE_KIND
 */
export const hiddenOf = (model: NetworkModel, data: Table): Float64Array =>
  hiddenUnits(model.net, encode(data, model.inputs));
