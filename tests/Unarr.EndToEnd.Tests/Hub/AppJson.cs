using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.EndToEnd.Tests.Hub;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Limit))]
[JsonSerializable(typeof(Report))]
[JsonSerializable(typeof(Orders))]
[JsonSerializable(typeof(AgentInfo))]
[JsonSerializable(typeof(OwnWatching))]
internal sealed partial class AppJson : JsonSerializerContext;

internal sealed record Limit(long BytesPerSecond);

internal sealed record Report(int Running);

internal sealed record Orders(string Motto);

internal sealed record OwnWatching(bool Watching);
