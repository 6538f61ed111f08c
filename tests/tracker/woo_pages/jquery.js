// As much of jQuery as the themes use. Its own events are no events of the DOM, as with the real one.
;(function () {
  const listeners = []
  const matches = (listener, element, name) => listener.element === element && listener.name === name
  window.jQuery = function (element) {
    return {
      on(names, work) {
        for (const name of names.split(' ')) listeners.push({ element, name, work })
        return this
      },
      trigger(name, values = []) {
        for (const listener of listeners) if (matches(listener, element, name)) listener.work({ type: name }, ...values)
        return this
      }
    }
  }
})()
