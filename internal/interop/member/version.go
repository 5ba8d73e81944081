package member

import "runtime/debug"

// VersionOf returns the version of a module that the program is built with.
func VersionOf(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, dep := range info.Deps {
		if dep.Path != module {
			continue
		}
		if dep.Replace != nil {
			return "here"
		}
		return dep.Version
	}
	return "unknown"
}
