namespace Unarr.EndToEnd.Tests.Order;

/// <summary>Judges what the lives of one agent applied: controls are numbers, in the order of their pushes.</summary>
internal static class ModelVerdict
{
    /// <param name="lives">Each life's calls of the handler, in order.</param>
    /// <param name="doublesAtKills">Whether a life may apply again what the one before applied last.</param>
    /// <param name="doublesOfOneLife">Whether a life may apply a control twice, as deployed agents do.</param>
    public static string? Of(IEnumerable<IReadOnlyList<(int Control, bool Succeeded)>> lives, bool doublesAtKills, bool doublesOfOneLife)
    {
        int highest = -1;
        int atHand = -1;
        foreach (IReadOnlyList<(int Control, bool Succeeded)> life in lives)
        {
            int last = -1;
            int tries = 0;
            foreach ((int control, bool succeeded) in life)
            {
                bool isRetry = control == last && tries > 0;
                if (!isRetry && control <= last && !(doublesOfOneLife && control <= highest))
                {
                    return $"control {control} came after {last}";
                }

                if (!isRetry && last >= 0 && tries is > 0 and < 3 && !doublesOfOneLife)
                {
                    return $"control {control} overtook {last}, which had failed and was to be tried again";
                }

                if (!isRetry && control <= highest && control != atHand && !doublesAtKills && !doublesOfOneLife)
                {
                    return $"control {control} was applied again after {highest}";
                }

                if (control > highest + 1)
                {
                    return $"control {control} came before {highest + 1}";
                }

                tries = succeeded ? 0 : (isRetry ? tries : 0) + 1;
                last = control;
                highest = Math.Max(highest, control);
            }

            // The one at hand at a kill was applied, or not, and its file not written: once more is allowed.
            atHand = last >= 0 ? last : atHand;
        }

        return null;
    }
}
