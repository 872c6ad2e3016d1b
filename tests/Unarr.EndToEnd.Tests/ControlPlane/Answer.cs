using System.Net.Http.Headers;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.ControlPlane;

internal sealed record Answer(int Status, HttpResponseHeaders Headers, JsonElement Json)
{
    public string Error => Json.GetProperty("error").GetString()!;

    public bool Wake => Json.GetProperty("wake").GetBoolean();

    public string[] ControlIds =>
        [.. Json.GetProperty("controls").EnumerateArray().Select(control => control.GetProperty("id").GetString()!)];
}
