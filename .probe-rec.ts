import { openDuckdb } from '#engines/index.ts';
import { recommendTables } from './src/recommend/recommend-tables.ts';
const c = await openDuckdb({memoryMb: 700});
const d = process.argv[2]!, method=process.argv[3]!, keepSeen=process.argv[4]==='keep', time=process.argv[5];
const params=process.argv[6]?JSON.parse(process.argv[6]):{};
const r = await recommendTables(c,{train:`/tmp/recommend/${d}-train.parquet`,test:`/tmp/recommend/${d}-test.parquet`,user:'user',item:'item',...(time&&time!=='-'?{time}:{}),method,params,k:20,keepSeen,seed:1,meter:{nowMs:()=>performance.now(),peakRssMb:()=>Math.round(process.resourceUsage().maxRSS/1024)}});
console.log(JSON.stringify(r,null,1));
