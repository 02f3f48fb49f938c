import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);
import{renderMatrix,renderPlan,renderToken}from"./chunk-M7GGJNW6.js";import"./chunk-TK4BLEHK.js";import"./chunk-TNBY2U6E.js";import"./chunk-YOUTAS7D.js";import"./chunk-2M24U3EN.js";export{renderMatrix,renderPlan,renderToken};
