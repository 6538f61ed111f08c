<?php

/*
 * The WP Consent API, as a banner sets it up: `$world['consent']` is {type: optin | optout | ""}.
 */

function wp_get_consent_type()
{
    global $world;
    return apply_filters('wp_get_consent_type', $world['consent']['type']);
}

function wp_has_consent($category)
{
    $said = isset($_COOKIE["wp_consent_$category"]) ? $_COOKIE["wp_consent_$category"] : '';
    $type = wp_get_consent_type();
    if (!$type) {
        return true; // nobody manages consent
    }
    return $said === 'allow' || ($said === '' && strpos($type, 'optout') !== false);
}
