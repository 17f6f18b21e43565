/** The lines of Complete Journey as the protocol counts them: days from 2017-01-01, households seen in days 0..181. */
import { type Compute, literal } from '#engines/index.ts';

/** Days of a window of features; also the day of the judged cut-off and the days of the future that is foretold. */
export const WINDOW = 182;
/** Days that the protocol uses: 26 weeks of history, 26 of future. */
export const DAYS = 364;

/**
 * Makes the tables `line` (household, day, hour, basket, product, store, department, brand, spend and discounts; days 0..363 of the
 * households with a line in days 0..181), `household` (those), `sent` (household, day, type of campaigns) and `used` (household, day
 * of coupons redeemed).
 *
 * @param folder of the Parquet files
 */
export async function readLines(compute: Compute, folder: string): Promise<void> {
  const file = (name: string) => literal(`${folder}/${name}.parquet`);
  const day = (time: string) => `floor(epoch(${time}::timestamp - timestamp '2017-01-01') / 86400)::integer`;
  await compute.run(
    `create table line as
       select household_id as h, ${day('transaction_timestamp')} as day, hour(transaction_timestamp) as hour, basket_id as basket,
         product_id as product, store_id as store, department, brand, sales_value as spend, retail_disc, coupon_disc,
         coupon_match_disc as coupon_match
       from ${file('transactions')} left join (select product_id, department, brand from ${file('products')}) using (product_id);
     create table household as select distinct h from line where day < ${WINDOW};
     delete from line where day >= ${DAYS} or h not in (from household);
     create table sent as select household_id as h, ${day('start_date')} as day, campaign_type as type
       from ${file('campaigns')} join ${file('campaign_descriptions')} using (campaign_id) where household_id in (from household);
     create table used as select household_id as h, ${day('redemption_date')} as day
       from ${file('coupon_redemptions')} where household_id in (from household)`,
  );
}
