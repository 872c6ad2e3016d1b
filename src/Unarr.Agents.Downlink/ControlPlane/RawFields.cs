using System.Net.Http.Headers;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>The fields of an answer as they came: the framework's typed properties drop what does not parse.</summary>
internal static class RawFields
{
    /// <summary>Every field of that name, in order; none when there is none.</summary>
    public static IEnumerable<string> Of(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values : [];
}
