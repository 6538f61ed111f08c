<?php

/*
 * PHP-FPM's way of finishing an answer while PHP goes on.
 */

function fastcgi_finish_request()
{
    note('finished');
    return true;
}
