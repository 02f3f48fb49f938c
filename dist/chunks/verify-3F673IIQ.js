import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);
import{d as a,e as b,f as c,g as d}from"./chunk-JDWXTIFW.js";import"./chunk-SVDIJYJE.js";import"./chunk-KQVDF54S.js";import"./chunk-IQM362K6.js";import"./chunk-ZMM26SVM.js";import"./chunk-CTKV6OLZ.js";import"./chunk-OTXR65DB.js";export{b as judgeSet,d as missingTargets,c as starterOf,a as verify};
