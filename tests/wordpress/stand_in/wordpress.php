<?php

/*
 * The functions of WordPress that the plugin and the snippet call, so that they run for real.
 *
 * $world is what there is: options, user, cookies …; see shop.php. $journal is what happened, in order. A notice, a
 * warning or a deprecation of any kind ends the run. Calls to the collector are real HTTP.
 */

namespace TajoCollector {
    /** The plugin's clock: what it calls time() is this one. */
    function time()
    {
        global $world;
        return isset($world['now']) ? $world['now'] : \time();
    }
}

namespace {
    error_reporting(E_ALL);
    set_error_handler(function ($level, $message, $file, $line) {
        throw new ErrorException($message, 0, $level, $file, $line);
    });

    define('ABSPATH', '/');
    define('ARRAY_A', 'ARRAY_A');

    $hooks = array();
    $done = array();
    $doing = array();
    $journal = array();
    $printed = array('before' => '', 'script' => '');
    $route = null;
    $endpoint = null;
    $settings_fields = array();
    $settings_errors = array();
    $menu = array();
    $privacy_texts = array();

    function note($what, $more = null)
    {
        global $journal;
        $journal[] = $more === null ? array($what) : array($what, $more);
    }

    // Hooks.

    function add_filter($name, $work, $priority = 10, $accepted = 1)
    {
        global $hooks;
        $hooks[$name][$priority][] = array($work, $accepted);
        return true;
    }

    function add_action($name, $work, $priority = 10, $accepted = 1)
    {
        return add_filter($name, $work, $priority, $accepted);
    }

    function remove_action($name, $work, $priority = 10)
    {
        global $hooks;
        $is_there = false;
        foreach (isset($hooks[$name][$priority]) ? $hooks[$name][$priority] : array() as $place => $one) {
            if ($one[0] === $work) {
                unset($hooks[$name][$priority][$place]);
                $is_there = true;
            }
        }
        return $is_there;
    }

    function wp_ob_end_flush_all()
    {
        for ($levels = ob_get_level(); $levels > 0; --$levels) {
            ob_end_flush();
        }
    }

    function status_header($code)
    {
        header("HTTP/1.1 $code Meant so", true, $code);
    }

    function has_filter($name)
    {
        global $hooks;
        return !empty($hooks[$name]);
    }

    function apply_filters($name, $value, ...$more)
    {
        foreach (hooked($name) as $one) {
            $value = call_user_func_array($one[0], array_slice(array_merge(array($value), $more), 0, $one[1]));
        }
        return $value;
    }

    function do_action($name, ...$values)
    {
        global $done, $doing, $hooks;
        $done[$name] = did_action($name) + 1;
        $doing[] = $name;
        // Who hooks in or out meanwhile is heard, as of the next priority.
        for ($last = null; true; $last = $next) {
            $next = null;
            foreach (array_keys(isset($hooks[$name]) ? $hooks[$name] : array()) as $priority) {
                if (($last === null || $priority > $last) && ($next === null || $priority < $next)) {
                    $next = $priority;
                }
            }
            if ($next === null) {
                break;
            }
            foreach ($hooks[$name][$next] as $one) {
                call_user_func_array($one[0], array_slice($values, 0, $one[1]));
            }
        }
        array_pop($doing);
    }

    function doing_action($name)
    {
        global $doing;
        return in_array($name, $doing, true);
    }

    function did_action($name)
    {
        global $done;
        return isset($done[$name]) ? $done[$name] : 0;
    }

    function hooked($name)
    {
        global $hooks;
        $all = isset($hooks[$name]) ? $hooks[$name] : array();
        ksort($all);
        return $all ? array_merge(...array_values(array_map('array_values', $all))) : array();
    }

    function __return_true()
    {
        return true;
    }

    function __return_false()
    {
        return false;
    }

    // The plugin and its texts.

    function plugin_basename($file)
    {
        return 'tajo-collector/' . basename($file);
    }

    function wp_normalize_path($path)
    {
        return str_replace('\\', '/', $path);
    }

    function register_activation_hook($file, $work)
    {
        add_action('activate_' . plugin_basename($file), $work, 10, 0);
    }

    function register_uninstall_hook($file, $work)
    {
        add_action('uninstall_' . plugin_basename($file), $work, 10, 0);
    }

    function load_plugin_textdomain($domain, $deprecated, $folder)
    {
        note('texts', "$domain $folder");
    }

    function __($text, $domain)
    {
        global $world;
        if ($domain !== 'tajo-collector') {
            throw new ErrorException("a text of another domain: $text");
        }
        return isset($world['texts'][$text]) ? $world['texts'][$text] : $text;
    }

    function esc_html__($text, $domain)
    {
        return esc_html(__($text, $domain));
    }

    function determine_locale()
    {
        return 'de_DE';
    }

    // Options.

    function get_option($name)
    {
        global $world;
        return isset($world['options'][$name]) ? $world['options'][$name] : false;
    }

    function update_option($name, $value)
    {
        global $world, $options_watch;
        if (isset($options_watch[$name])) {
            $value = $options_watch[$name]($value);
        }
        note('option', $name);
        $world['options'][$name] = $value;
        if (isset($world['options_file'])) {
            // Whole at any time: the next request may read it already.
            $beside = $world['options_file'] . getmypid();
            file_put_contents($beside, json_encode($world['options']));
            rename($beside, $world['options_file']);
        }
    }

    function delete_option($name)
    {
        global $world;
        note('deleted', (isset($world['site']) ? $world['site'] . ':' : '') . $name);
        unset($world['options'][$name]);
    }

    // What is to be done later.

    function wp_schedule_single_event($time, $hook)
    {
        note('later', array($hook, $time));
    }

    function wp_doing_cron()
    {
        return !empty($GLOBALS['world']['is_cron']);
    }

    function wp_unschedule_hook($hook)
    {
        note('never', $hook);
    }

    function is_multisite()
    {
        global $world;
        return !empty($world['sites']);
    }

    function get_sites($how)
    {
        global $world;
        return $world['sites'];
    }

    function switch_to_blog($id)
    {
        global $world;
        $world['site'] = $id;
    }

    function restore_current_blog()
    {
        global $world;
        unset($world['site']);
    }

    // Who.

    function wp_get_current_user()
    {
        global $world;
        $nobody = array('ID' => 0, 'user_email' => '', 'first_name' => '', 'display_name' => '');
        return (object) (!empty($world['is_logged_in']) ? $world['user'] : $nobody);
    }

    function get_user_by($field, $value)
    {
        $user = (object) $GLOBALS['world']['user'];
        return $field === 'email' && strtolower($user->user_email) === $value ? $user : false;
    }

    function get_current_user_id()
    {
        return wp_get_current_user()->ID;
    }

    function current_user_can($capability)
    {
        global $world;
        return in_array($capability, isset($world['can']) ? $world['can'] : array(), true);
    }

    /** Whose log-in cookie it is. */
    function wp_validate_auth_cookie($cookie, $scheme)
    {
        global $world;
        return $scheme === 'logged_in' && isset($_COOKIE['wordpress_logged_in_x']) ? $world['user']['ID'] : false;
    }

    function get_userdata($id)
    {
        global $world;
        return $id ? (object) $world['user'] : false;
    }

    function is_email($text)
    {
        return preg_match('/^[^@\s]+@[^@\s]+\.[^@\s]+$/D', $text) ? $text : false;
    }

    // Pages and the REST interface.

    function is_customize_preview()
    {
        return isset($_GET['customize_changeset_uuid']);
    }

    function is_preview()
    {
        return isset($_GET['preview']);
    }

    function home_url($path = '')
    {
        return 'https://shop.example' . $path;
    }

    function admin_url($path = '')
    {
        return home_url('/wp-admin/') . $path;
    }

    function rest_url()
    {
        return 'https://elsewhere.example/wp-json/';
    }

    function wp_enqueue_script($name, $address, $needs, $version, $how)
    {
        global $printed;
        $printed['script'] = sprintf(
            '<script src="%s" id="%s-js" %s data-wp-strategy="%2$s"></script>',
            esc_attr($address),
            $name,
            $how['strategy']
        );
    }

    function wp_add_inline_script($name, $text, $place)
    {
        global $printed;
        $printed[$place] = "<script id=\"$name-js-$place\">\n$text\n</script>\n";
    }

    class WP_REST_Response
    {
        public $data;
        public $status;
        public $headers = array();

        public function __construct($data, $status = 200)
        {
            $this->data = $data;
            $this->status = $status;
        }

        public function header($name, $value)
        {
            $this->headers[$name] = $value;
        }
    }

    class WP_REST_Request
    {
        public $headers;

        public function __construct($headers)
        {
            $this->headers = $headers;
        }

        public function get_header($name)
        {
            return isset($this->headers[$name]) ? $this->headers[$name] : null;
        }
    }

    function register_rest_route($space, $path, $how)
    {
        global $route;
        $route = array("/$space$path", $how);
    }

    // Text.

    function wp_json_encode($value, $flags = 0)
    {
        return json_encode($value, $flags);
    }

    function esc_attr($text)
    {
        return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
    }

    function esc_html($text)
    {
        return esc_attr($text);
    }

    function esc_url($text)
    {
        return esc_attr(esc_url_raw($text, array('http', 'https')));
    }

    function esc_url_raw($text, $schemes)
    {
        $text = preg_replace('/[^a-z0-9-~+_.?#=!&;,\/:%@$|*\'()\[\]\x80-\xff]/i', '', $text);
        return $text === '' || in_array(strtolower(strtok($text, ':')), $schemes, true) ? $text : '';
    }

    function sanitize_text_field($text)
    {
        return trim(preg_replace('/[\r\n\t ]+/', ' ', strip_tags($text)));
    }

    function wp_strip_all_tags($text)
    {
        return strip_tags($text);
    }

    function wp_parse_url($address, $part)
    {
        return parse_url($address, $part);
    }

    function wp_generate_uuid4()
    {
        $hex = bin2hex(random_bytes(16));
        return preg_replace('/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/', '$1-$2-4$3-a$4-$5', $hex);
    }

    // HTTP, as WordPress does it: by curl where it is there (and not kept from it), with no waiting time below a second.

    class WP_Error
    {
        private $text;

        public function __construct($text)
        {
            $this->text = $text;
        }

        public function get_error_message()
        {
            return $this->text;
        }
    }

    class WP_Http
    {
        public function block_request($address)
        {
            return defined('WP_HTTP_BLOCK_EXTERNAL') && WP_HTTP_BLOCK_EXTERNAL
                && !in_array(parse_url($address, PHP_URL_HOST), explode(',', WP_ACCESSIBLE_HOSTS), true);
        }
    }

    function is_wp_error($thing)
    {
        return $thing instanceof WP_Error;
    }

    function wp_remote_post($address, $how)
    {
        return call('POST', $address, $how);
    }

    function wp_remote_get($address, $how)
    {
        return call('GET', $address, $how);
    }

    function wp_remote_retrieve_response_code($answer)
    {
        return $answer['status'];
    }

    function wp_remote_retrieve_body($answer)
    {
        return $answer['body'];
    }

    function wp_remote_retrieve_header($answer, $name)
    {
        return isset($answer['headers'][$name]) ? $answer['headers'][$name] : '';
    }

    function call($method, $address, $how)
    {
        note('call', "$method $address");
        $body = isset($how['body']) ? $how['body'] : '';
        $lines = array();
        foreach (isset($how['headers']) ? $how['headers'] : array() as $name => $value) {
            $lines[] = "$name: $value";
        }
        return extension_loaded('curl') && !getenv('WITHOUT_CURL')
            ? by_curl($method, $address, $how, $body, $lines)
            : by_stream($method, $address, $how, $body, $lines);
    }

    function by_curl($method, $address, $how, $body, $lines)
    {
        $headers = array();
        $handle = curl_init($address);
        curl_setopt($handle, CURLOPT_CUSTOMREQUEST, $method);
        curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
        curl_setopt($handle, CURLOPT_TIMEOUT, (int) ceil(max($how['timeout'], 1)));
        curl_setopt($handle, CURLOPT_HTTPHEADER, $lines);
        if ($method === 'POST') {
            curl_setopt($handle, CURLOPT_POSTFIELDS, $body);
        }
        curl_setopt($handle, CURLOPT_HEADERFUNCTION, function ($handle, $line) use (&$headers) {
            if (strpos($line, ':')) {
                list($name, $value) = explode(':', $line, 2);
                $headers[strtolower($name)] = trim($value);
            }
            return strlen($line);
        });
        do_action('http_api_curl', $handle, $how, $address);
        $text = curl_exec($handle);
        if ($text === false) {
            return new WP_Error(curl_error($handle));
        }
        return array('status' => curl_getinfo($handle, CURLINFO_HTTP_CODE), 'headers' => $headers, 'body' => $text);
    }

    function by_stream($method, $address, $how, $body, $lines)
    {
        $context = stream_context_create(array('http' => array(
            'method' => $method,
            'header' => implode("\r\n", $lines),
            'content' => $body,
            'timeout' => $how['timeout'],
            'follow_location' => 0,
            'ignore_errors' => true,
        )));
        try {
            $stream = fopen($address, 'r', false, $context);
            $said = stream_get_meta_data($stream)['wrapper_data'];
            $text = stream_get_contents($stream);
        } catch (ErrorException $problem) {
            return new WP_Error($problem->getMessage());
        }
        $headers = array();
        foreach (array_slice($said, 1) as $line) {
            list($name, $value) = explode(':', $line, 2);
            $headers[strtolower($name)] = trim($value);
        }
        return array('status' => (int) explode(' ', $said[0])[1], 'headers' => $headers, 'body' => $text);
    }

    // The settings page.

    function add_submenu_page($parent, $title, $name, $capability, $slug, $work)
    {
        global $menu;
        $menu = array('parent' => $parent, 'capability' => $capability, 'slug' => $slug, 'work' => $work);
    }

    function register_setting($group, $name, $how)
    {
        global $options_watch;
        $options_watch[$name] = $how['sanitize_callback'];
    }

    function add_settings_section($id, $title, $work, $page)
    {
        note('section', $id);
    }

    function add_settings_field($id, $title, $work, $page, $section, $args)
    {
        global $settings_fields;
        $settings_fields[] = array($title, $work, $args);
    }

    function add_settings_error($setting, $code, $text)
    {
        global $settings_errors;
        $settings_errors[] = $text;
    }

    function settings_errors()
    {
        global $settings_errors;
        foreach ($settings_errors as $text) {
            echo '<div class="notice">', esc_html($text), '</div>';
        }
    }

    function settings_fields($group)
    {
        printf('<input type="hidden" name="option_page" value="%s">', esc_attr($group));
        wp_nonce_field("$group-options");
    }

    function do_settings_sections($page)
    {
        global $settings_fields;
        foreach ($settings_fields as $field) {
            echo '<label>', $field[0], '</label>';
            call_user_func($field[1], $field[2]);
        }
    }

    function submit_button($text = 'Save', $kind = 'primary', $name = 'submit')
    {
        printf('<input type="submit" name="%s" value="%s">', esc_attr($name), esc_attr($text));
    }

    function wp_nonce_field($action)
    {
        printf('<input type="hidden" name="_wpnonce" value="%s">', esc_attr(md5($action)));
    }

    function check_admin_referer($action)
    {
        if (!isset($_POST['_wpnonce']) || $_POST['_wpnonce'] !== md5($action)) {
            throw new ErrorException('The link you followed has expired.');
        }
        return 1;
    }

    function wp_add_privacy_policy_content($name, $text)
    {
        global $privacy_texts;
        $privacy_texts[] = $text;
    }
}
