/* Tajo Collector. Readable sources: static/tracker. */
'use strict';
(()=>{var e=document.currentScript,o=window.tajoConfig&&window.tajoConfig.siteKey||e.getAttribute("data-site-key"),n=window.Shopify&&window.Shopify.shop||location.host,t=document.createElement("script");t.src=o?tajoSettings.shops+encodeURIComponent(o)+".js":tajoSettings.self+"?shop="+encodeURIComponent(n);t.async=!0;e.hasAttribute("data-debug")&&t.setAttribute("data-debug","");e.after(t);})();
