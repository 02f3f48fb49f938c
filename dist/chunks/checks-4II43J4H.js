import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);
import{c as a,d as b}from"./chunk-5ROCNUM2.js";import"./chunk-YIRHQUD6.js";import"./chunk-P7FYURVJ.js";import"./chunk-BR66CINY.js";import"./chunk-ZMM26SVM.js";import"./chunk-CTKV6OLZ.js";import"./chunk-OTXR65DB.js";export{b as allChecks,a as checksFor};
