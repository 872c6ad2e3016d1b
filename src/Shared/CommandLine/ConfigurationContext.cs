using Tomlyn.Model;
using Tomlyn.Serialization;

namespace Unarr.CommandLine;

/// <summary>The source-generated contract of the configuration file: a table, whose keys are looked at one by one.</summary>
[TomlSerializable(typeof(TomlTable))]
internal sealed partial class ConfigurationContext : TomlSerializerContext;
