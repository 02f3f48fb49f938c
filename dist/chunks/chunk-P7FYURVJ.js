import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);
import{a as r}from"./chunk-OTXR65DB.js";var t=r((n,e,o)=>({ok:!1,failure:n,reason:e,hint:o}),"failed"),d=r((n,e)=>n.children.find(o=>a(n,o)===e),"childFor"),a=r((n,e)=>n.kind==="index"?e.descriptor.platform:e.config.ok?e.config.seen.platform:void 0,"platformOf");export{t as a,d as b,a as c};
