import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);
import{a,b,c}from"./chunk-2KCAFFXF.js";import"./chunk-N57A6CCI.js";import"./chunk-NE6EYW6Y.js";import"./chunk-CTKV6OLZ.js";import"./chunk-OTXR65DB.js";export{c as renderMatrix,a as renderPlan,b as renderToken};
