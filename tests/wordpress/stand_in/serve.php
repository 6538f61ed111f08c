<?php

/*
 * Many requests (see shop.php), a line of JSON each, without starting PHP anew for each: every one has a process of its own,
 * forked from this one. After what it printed comes a line with a record separator and its exit status.
 */

while (($line = fgets(STDIN)) !== false) {
    $child = pcntl_fork();
    if ($child === 0) {
        $input = $line;
        require __DIR__ . '/shop.php';
        exit(0);
    }
    pcntl_waitpid($child, $status);
    echo "\n\x1e", pcntl_wifexited($status) ? pcntl_wexitstatus($status) : -1, "\n";
}
